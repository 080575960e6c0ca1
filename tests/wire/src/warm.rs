//! The application's own address, which a planned event warms: it counts what it is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use tiny_http::{Response, Server};

/// An application that answers every request with one status.
pub struct Application {
    server: Arc<Server>,
    asked: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Application {
    /// On a free port of 127.0.0.1.
    pub fn start(status: u16) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").expect("127.0.0.1 has a free port"));
        let asked = Arc::new(AtomicUsize::new(0));
        let serving = (server.clone(), asked.clone());
        let thread = thread::spawn(move || {
            let (server, asked) = serving;
            for request in server.incoming_requests() {
                asked.fetch_add(1, Ordering::Relaxed);
                let _ = request.respond(Response::empty(status));
            }
        });
        Self { server, asked, thread: Some(thread) }
    }

    /// Where it is asked.
    pub fn url(&self) -> String {
        format!("http://{}/health", self.server.server_addr())
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
