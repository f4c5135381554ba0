//! The bank belongs to somebody else.

use crate::kit::{identity::access::Access, not_served::NotServed};

/// No table: it knows its callers in its own way.
pub const ACCESS: Access = Access::Outside;

/// Declared and not simulated: the interface of one bank of its own, whose answers nobody here has seen.
pub const NOT_SERVED: NotServed = &[
    ("icbc_transfer", "call create_transfer of the simulated bank"),
    ("icbc_query", "call get_transfer_status of the simulated bank"),
    ("icbc_refund", "the simulated bank returns a transfer by itself, see its behaviours"),
];
