//! Work that keeps a processor busy: analyzing, reading and rendering findings.

use super::{Error, Result};

/// Runs it on a thread of its own, so that those that serve requests stay free meanwhile. `what`
/// names the work, should it panic.
pub async fn run<T: Send + 'static>(
    what: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|cause| Error::Internal(format!("{what}: {cause}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test has one thread that serves: were the work on it, nothing could answer it.
    #[tokio::test]
    async fn whoever_serves_is_free_meanwhile() {
        let (ask, asked) = std::sync::mpsc::channel();
        let work = run("waiting", move || asked.recv());
        let (answer, sent) = tokio::join!(work, async { ask.send("rendered") });
        assert_eq!((answer.expect("an end"), sent), (Ok("rendered"), Ok(())));
    }

    #[tokio::test]
    async fn a_panic_is_an_error_that_names_the_work() {
        let error = run::<()>("the report", || panic!("no such row")).await;
        let error = error.expect_err("a panic").to_string();
        assert!(
            error.contains("the report") && error.contains("no such row"),
            "{error}"
        );
    }
}
