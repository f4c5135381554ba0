//! The provider of rates belongs to somebody else.

use crate::kit::identity::access::Access;

/// No table: it knows its callers in its own way.
pub const ACCESS: Access = Access::Outside;
