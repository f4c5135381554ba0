//! `payments up --processes`: what the console does to processes is done, and seen.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stage::{Browser, Page, alone, nothing, says};

/// The program, which is stopped with what it has started.
struct Up(Child);

impl Up {
    /// Starts it, and answers where its console is.
    fn start(dir: &TempDir) -> (Self, String) {
        let run = dir.path().join("run");
        let mut command = Command::new(env!("CARGO_BIN_EXE_payments"));
        command.args(["up", "--processes", "--ports", "auto", "--dir", run.to_str().unwrap()]).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let url = lines.find_map(|line| line.strip_prefix("console ").map(str::to_owned)).expect("it says where it is");
        // It has somebody who hears the rest.
        std::thread::spawn(move || lines.count());
        (Self(child), url)
    }

    /// Asks it to stop, and waits until it has.
    fn stop(mut self) {
        let asked = Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        assert!(asked.success());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // One that has stopped already cannot be killed.
        let _ = self.0.kill();
    }
}

fn condition<'a>(frame: &'a Value, service: &str) -> &'a Value {
    &frame["plant"][service]
}

async fn done(page: &Page, browser: &mut Browser, path: &str, told: &str) -> Value {
    let answer = page.press(path, &nothing()).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    browser.until(told, |frame| says(frame, told)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_are_killed_started_and_cut_off_and_their_clock_moves() {
    let (_alone, dir) = (alone().await, TempDir::new().unwrap());
    let (up, url) = Up::start(&dir);
    let page = Page::open(&url).await;
    let mut browser = page.watch().await;
    let begun = browser.until("all services", |frame| {
        let services = frame["picture"]["services"].as_array().unwrap();
        services.len() == 22 && services.iter().all(|service| service["up"] == true)
    });
    let begun = begun.await;
    assert_eq!(condition(&begun, "kyc"), &json!({ "running": true, "weather": "fair" }));

    done(&page, &mut browser, "/api/services/kyc/kill", "kyc was killed").await;
    let dead = browser.until("that it is away", |frame| says(frame, "kyc-service does not answer")).await;
    assert_eq!(condition(&dead, "kyc")["running"], false);
    let twice = page.press("/api/services/kyc/kill", &nothing()).await;
    assert_eq!((twice.status, twice.body.contains("kyc is dead already")), (409, true), "{}", twice.body);
    done(&page, &mut browser, "/api/services/kyc/start", "kyc was started again").await;
    let lives = browser.until("that it is back", |frame| says(frame, "kyc-service answers again")).await;
    assert_eq!(condition(&lives, "kyc")["running"], true);

    let cut = done(&page, &mut browser, "/api/services/risk/cut", "risk is cut off").await;
    assert_eq!(condition(&cut, "risk")["weather"], "cut");
    let fair = done(&page, &mut browser, "/api/services/risk/fair", "risk is reached as always").await;
    assert_eq!(condition(&fair, "risk")["weather"], "fair");

    let hour = 3_600_000;
    assert_eq!(page.press("/api/clock", &json!({ "by_ms": hour })).await.status, 200);
    let later = browser.until("another hour", |frame| says(frame, "moved by 60 minutes")).await;
    assert!(later["clock_ms"].as_i64() >= Some(fair["clock_ms"].as_i64().unwrap() + hour), "{}", later["clock_ms"]);
    for by_ms in [json!(0), json!(32 * 24 * hour), json!("noon")] {
        let refused = page.press("/api/clock", &json!({ "by_ms": by_ms })).await;
        assert_eq!((refused.status, refused.body.contains("by_ms")), (422, true), "{}", refused.body);
    }
    // The shop lives by the same clock.
    let paid = page.press("/api/pay", &nothing()).await;
    assert_eq!(paid.status, 200, "{}", paid.body);
    browser.until("a payment", |frame| frame["latest"]["payments"][0]["status"] == "success").await;

    let faults = std::fs::read_to_string(dir.path().join("run/faults.jsonl")).unwrap();
    for kind in ["kill", "cut", "clock"] {
        assert!(faults.contains(&format!("\"kind\":\"{kind}\"")), "{faults}");
    }
    up.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn services_do_not_outlive_whoever_started_them() {
    let (_alone, dir) = (alone().await, TempDir::new().unwrap());
    let (mut up, url) = Up::start(&dir);
    let page = Page::open(&url).await;
    let mut browser = page.watch().await;
    browser.until("kyc", |frame| frame["plant"]["kyc"]["running"] == true).await;
    let addresses = std::fs::read_to_string(dir.path().join("run/addresses.json")).unwrap();
    let addresses: BTreeMap<String, String> = serde_json::from_str(&addresses).unwrap();
    assert_eq!(addresses.len(), 22);

    // Without a warning.
    up.0.kill().unwrap();
    up.0.wait().unwrap();
    let gone = async {
        for address in addresses.values().map(|url| url.strip_prefix("http://").unwrap()) {
            while tokio::net::TcpStream::connect(address).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone).await.expect("none listens any more");
}
