//! Who carries messages belongs to somebody else.

use crate::kit::identity::access::Access;

/// No table: each knows its customers by their accounts.
pub const ACCESS: Access = Access::Outside;
