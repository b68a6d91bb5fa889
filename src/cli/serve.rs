//! `tribometer serve`

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::Failure;
use crate::service::sign_in;
use crate::{App, jobs, web};

/// How long requests that are under way may take after the server was told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(20);

/// How long mails and jobs that are under way may take after that.
const LAST_MAILS: Duration = Duration::from_secs(10);

/// Serve surveys and reports, and send mail
///
/// Stops on SIGTERM and Ctrl-C, after the requests under way have ended. An embedded database is
/// brought up to date first; for a database server, run `tribometer migrate` before a newer version
/// starts.
#[derive(clap::Args)]
pub struct Serve {}

impl Serve {
    /// Serves until the process is told to stop.
    pub async fn run(self, app: App) -> anyhow::Result<()> {
        let listener = bind(
            app.config.listen,
            "set `listen` (in the environment `TRIBOMETER_LISTEN`) to another address",
        )
        .await?;
        serve(app, listener).await
    }
}

/// Takes the port; `elsewhere` is how another one is chosen.
pub async fn bind(listen: SocketAddr, elsewhere: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen).await.map_err(|cause| {
        let hint = match cause.kind() {
            ErrorKind::AddrInUse => format!("Stop the program that uses the port, or {elsewhere}."),
            ErrorKind::AddrNotAvailable => {
                format!("This machine does not have this address: {elsewhere}.")
            }
            ErrorKind::PermissionDenied => {
                format!("Ports below 1024 need a privilege: {elsewhere}.")
            }
            _ => format!("Mend that, or {elsewhere}."),
        };
        Failure::new(format!("can't listen on {listen}: {cause}"), hint).into()
    })
}

/// Serves until the process is told to stop.
pub async fn serve(app: App, listener: TcpListener) -> anyhow::Result<()> {
    let stopping = on_stop_signal()?;
    eprintln!("Listening on http://{}", listener.local_addr()?);
    if let Some(link) = sign_in::first_administrator_link(&app).await? {
        eprintln!(
            "Nobody has an account yet. Open this link to become the first administrator:\n  {link}"
        );
    }
    let routes = web::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, routes).with_graceful_shutdown(stopped(stopping.clone()));
    let mut workers = tokio::spawn(jobs::run(app.clone(), stopping.clone()));
    tokio::select! {
        served = server => served?,
        () = too_late(stopping) => eprintln!("Some requests did not end in time."),
    }
    // A mail that is under way is finished; what is cut off here comes back when its lease ends.
    if tokio::time::timeout(LAST_MAILS, &mut workers)
        .await
        .is_err()
    {
        workers.abort();
    }
    // A SQLite file is whole by itself once its last connection has closed.
    if let Ok(closed) = tokio::time::timeout(LAST_REQUESTS, app.store.close()).await {
        closed?;
    }
    eprintln!("Stopped.");
    Ok(())
}

/// A value that becomes true once the process is told to stop.
fn on_stop_signal() -> std::io::Result<watch::Receiver<bool>> {
    let (stop, stopping) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        stop.send_replace(true);
    });
    Ok(stopping)
}

/// Ends when the process is told to stop.
async fn stopped(mut stopping: watch::Receiver<bool>) {
    // The sender is gone only when the runtime is, and then everything stops.
    let _ = stopping.wait_for(|stop| *stop).await;
}

async fn too_late(stopping: watch::Receiver<bool>) {
    stopped(stopping).await;
    tokio::time::sleep(LAST_REQUESTS).await;
}
