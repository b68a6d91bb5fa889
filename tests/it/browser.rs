//! Chromium, as people use it: driven through chromedriver against a server on this machine.

mod accessibility;
mod journey;
mod report;
mod survey;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::ops::Deref;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tribometer::App;
use url::{ParseError, Url};

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(20);

/// Serves the program on a free port until the test ends; the address without a slash at the end.
pub async fn serve(app: &App) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let routes = tribometer::web::router(app.clone());
    let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}

/// A browser with a fresh profile; it ends with the test.
pub struct Browser {
    client: Client,
    driver: Child,
    _profile: tempfile::TempDir,
}

impl Deref for Browser {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Browser {
    /// A browser as most people have it.
    pub async fn start() -> Self {
        Self::with(json!({})).await
    }

    /// A browser in which no script runs.
    pub async fn without_javascript() -> Self {
        Self::with(json!({ "profile.managed_default_content_settings.javascript": 2 })).await
    }

    async fn with(preferences: Value) -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let (driver, address) = start_driver();
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1100,900",
        ];
        let mut flags: Vec<String> = flags.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        let options = json!({ "args": flags, "prefs": preferences });
        let capabilities = Capabilities::from_iter([("goog:chromeOptions".to_owned(), options)]);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&address)
            .await
            .expect("Chromium starts; scripts/test installs it");
        Self {
            client,
            driver,
            _profile: profile,
        }
    }

    /// Waits for an element to be there.
    pub async fn see(&self, selector: &str) {
        let started = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(started.elapsed());
            let seen = self
                .client
                .wait()
                .at_most(left)
                .for_element(Locator::Css(selector))
                .await;
            match seen {
                Ok(_) => return,
                // A navigation under way aborts the look; the page that it leads to may have the
                // element.
                Err(_) if started.elapsed() < PATIENCE => {}
                Err(error) => {
                    let page = self.client.source().await.unwrap_or_default();
                    panic!("{selector} does not appear: {error}\n{page}");
                }
            }
        }
    }

    /// Waits until an expression of the page is true, without leaving the page.
    pub async fn until(&self, expression: &str) {
        let script = format!(
            "const done = arguments[0]; const look = () => ({expression}) ? done() : setTimeout(look, 10); look();"
        );
        let waited =
            tokio::time::timeout(PATIENCE, self.client.execute_async(&script, vec![])).await;
        waited
            .unwrap_or_else(|_| panic!("never true: {expression}"))
            .expect("a script");
    }

    /// What an expression of the page gives.
    pub async fn value(&self, expression: &str) -> Value {
        let script = format!("return {expression};");
        self.client
            .execute(&script, vec![])
            .await
            .expect("a script")
    }

    /// Presses keys one after the other, wherever the focus is.
    pub async fn press(&self, keys: &str) {
        for key in keys.chars() {
            let press = KeyActions::new("keyboard".to_owned())
                .then(KeyAction::Down { value: key })
                .then(KeyAction::Up { value: key });
            self.client.perform_actions(press).await.expect("a key");
        }
    }

    /// Clicks on the first element that matches.
    pub async fn click(&self, selector: &str) {
        let element = self.client.find(Locator::Css(selector)).await;
        let element = element.unwrap_or_else(|error| panic!("{selector}: {error}"));
        element
            .click()
            .await
            .unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// The text of the first element that matches.
    pub async fn text(&self, selector: &str) -> String {
        let element = self.client.find(Locator::Css(selector)).await;
        let element = element.unwrap_or_else(|error| panic!("{selector}: {error}"));
        element.text().await.expect("a text")
    }

    /// Asks Chromium itself, over its own protocol.
    pub async fn command(&self, name: &'static str, parameters: Value) {
        self.client
            .issue_cmd(DevTools { name, parameters })
            .await
            .expect("a command");
    }

    /// Lights or darkness, as the reader's system asks for it.
    pub async fn color_scheme(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.command(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await;
    }

    /// The width and height of the page's window.
    pub async fn size(&self, width: u32, height: u32, is_phone: bool) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone });
        self.command("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    /// Keeps a picture of the whole page in the folder that `TRIBOMETER_TEST_PICTURES` names, if it
    /// does.
    pub async fn picture(&self, name: &str) {
        let Ok(folder) = std::env::var("TRIBOMETER_TEST_PICTURES") else {
            return;
        };
        let picture = self.client.screenshot().await.expect("a picture");
        std::fs::write(format!("{folder}/{name}.png"), picture).expect("a file");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A driver that is killed leaves its Chromium running, so the whole group goes.
        if let Some(group) = Pid::from_raw(self.driver.id() as i32) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.driver.wait();
    }
}

/// Starts chromedriver on a free port, and its address. Several that start at once may pick the
/// same port, and all but one of them give up.
fn start_driver() -> (Child, String) {
    (0..10)
        .find_map(|_| try_to_start_driver())
        .expect("chromedriver tells its port")
}

fn try_to_start_driver() -> Option<(Child, String)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("chromedriver is missing: run scripts/test, which installs it");
    let mut output = BufReader::new(driver.stdout.take().expect("its output"));
    let mut line = String::new();
    while output.read_line(&mut line).expect("its output") > 0 {
        if let Some((_, port)) = line.trim_end().split_once("started successfully on port ") {
            let address = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
            // Somebody has to go on reading, or chromedriver stands still when the pipe is full.
            std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
            return Some((driver, address));
        }
        line.clear();
    }
    let _ = driver.kill();
    let _ = driver.wait();
    None
}

/// A command of Chromium's own protocol.
#[derive(Debug)]
struct DevTools {
    name: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &Url) -> (axum::http::Method, Option<String>) {
        let body = json!({ "cmd": self.name, "params": self.parameters });
        (axum::http::Method::POST, Some(body.to_string()))
    }
}

/// What is wrong with a page for people who cannot see or point: axe-core's findings, one line
/// each.
pub async fn barriers(browser: &Browser) -> Vec<String> {
    let file = std::env::var("TRIBOMETER_TEST_AXE")
        .expect("TRIBOMETER_TEST_AXE names axe.min.js of the npm package axe-core; scripts/test installs it and sets it");
    let axe = std::fs::read_to_string(file).expect("axe-core");
    browser.execute(&axe, vec![]).await.expect("axe-core loads");
    let script = "const done = arguments[0]; axe.run().then((result) => done(result.violations), (error) => done(String(error)));";
    let violations = browser
        .execute_async(script, vec![])
        .await
        .expect("axe-core runs");
    let violations = violations
        .as_array()
        .unwrap_or_else(|| panic!("axe-core fails: {violations}"));
    let describe = |violation: &Value| {
        let nodes = violation["nodes"].as_array().into_iter().flatten();
        let places: BTreeMap<String, ()> =
            nodes.map(|node| (node["html"].to_string(), ())).collect();
        let places: Vec<&String> = places.keys().take(3).collect();
        format!("{}: {places:?}", violation["help"])
    };
    violations.iter().map(describe).collect()
}
