//! Wakes the workers of this process when there is something to do.

use std::sync::Arc;

use tokio::sync::Notify;

/// Rung after something was queued. Workers of other replicas notice by looking every few seconds.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Wakes everybody who waits.
    pub fn ring(&self) {
        self.0.notify_waiters();
    }

    /// Waits for the next ring. Rings from now on count, even before the future is first polled.
    pub fn wait(&self) -> impl Future<Output = ()> + use<> {
        let notify = Arc::clone(&self.0);
        let rung = notify.clone().notified_owned();
        async move {
            rung.await;
        }
    }
}
