//! The providers of places belong to somebody else.

use crate::kit::identity::access::Access;

/// No table: they know their callers in their own way.
pub const ACCESS: Access = Access::Outside;
