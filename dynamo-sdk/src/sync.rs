//! Locks without poisoning.
//!
//! Every critical section of the SDK is a few statements on the data of its lock and keeps that data
//! consistent after each of them. If one panics, later users of the lock can safely continue instead of
//! panicking too.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A mutex that ignores poisoning. Hold it for a few statements, never across an await point.
#[derive(Debug, Default)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Blocks until the lock is free.
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reader-writer lock that ignores poisoning, for data that is read far more often than written.
#[derive(Debug, Default)]
pub(crate) struct SharedLock<T>(RwLock<T>);

impl<T> SharedLock<T> {
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_stays_usable_after_a_panic() {
        let (lock, shared) = (Lock::new(1), SharedLock::default());
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let (mut one, mut two) = (lock.lock(), shared.write());
            (*one, *two) = (2, 3);
            panic!("under both locks");
        }));
        assert!(panicked.is_err());
        assert_eq!((*lock.lock(), *shared.read()), (2, 3));
    }
}
