//! Settings that can change while calls are under way.
//!
//! A layer reads them when it needs them, without a lock; a call that has read a number keeps it. What depends on two
//! numbers reads both at once, so that it never sees one of the old and one of the new.

use std::{fmt, sync::Arc};

use arc_swap::{ArcSwap, Guard};

/// Shared settings. Clones see each other's changes.
pub struct Live<T>(Arc<ArcSwap<T>>);

// === impl Live ===

impl<T> Live<T> {
    /// Begins with these settings.
    pub fn new(settings: T) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(settings)))
    }

    /// The settings now. Copy out what is needed: a guard kept across an `await` makes later reads slower.
    pub fn load(&self) -> Guard<Arc<T>> {
        self.0.load()
    }

    /// Replaces all of them at once.
    pub fn store(&self, settings: T) {
        self.0.store(Arc::new(settings));
    }
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: fmt::Debug> fmt::Debug for Live<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.load().fmt(f)
    }
}
