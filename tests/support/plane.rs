//! The cluster that the run's tests share, started by the first test that asks for it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::api::Api;
use super::launch::launch;
use super::processes::Processes;
use super::tools::{self, variable};

/// Returns the cluster of this run; it ends with the test process, however that ends.
#[track_caller]
pub(crate) fn plane() -> &'static Plane {
    static PLANE: OnceLock<Result<Plane, String>> = OnceLock::new();
    match PLANE.get_or_init(Plane::open) {
        Ok(plane) => plane,
        Err(message) => panic!("{message}"),
    }
}

/// A running cluster: a control plane of our own, or the one that `WINDLASS_TEST_KUBECONFIG` names.
pub(crate) struct Plane {
    kubeconfig: PathBuf,
    ca_file: PathBuf,
    api: Api,
    _processes: Processes,
}

impl Plane {
    /// The kubeconfig of an administrator.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The URL of the API server.
    pub(crate) fn server(&self) -> &str {
        self.api.server()
    }

    /// The certificate of the authority that signed the API server's.
    pub(crate) fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// The administrator's connection to the API server.
    pub(crate) fn api(&self) -> &Api {
        &self.api
    }

    fn open() -> Result<Self, String> {
        if let Some(kubeconfig) = variable("WINDLASS_TEST_KUBECONFIG") {
            let none = Processes::new().map_err(|err| format!("cannot make a folder: {err}"))?;
            return Self::connect(Path::new(&kubeconfig), none);
        }
        let tools = tools::folder()?;
        let processes = launch(tools)?;
        let plane = Self::connect(&processes.state().join("kubeconfig"), processes)?;
        if variable("WINDLASS_KEEP_PLANE").is_some() {
            plane.keep(tools);
        }
        Ok(plane)
    }

    fn connect(kubeconfig: &Path, processes: Processes) -> Result<Self, String> {
        let api = Api::connect(kubeconfig)?;
        let ca_file = processes.state().join("ca.crt");
        let kubeconfig = std::fs::write(&ca_file, api.authority())
            .and_then(|()| std::path::absolute(kubeconfig))
            .map_err(|err| format!("cannot keep `{}`: {err}", ca_file.display()))?;
        Ok(Self { kubeconfig, ca_file, api, _processes: processes })
    }

    /// Says how to use the plane by hand, and holds the test run here until it is interrupted.
    fn keep(&self, tools: &Path) -> ! {
        let (kubeconfig, tools) = (self.kubeconfig.display(), tools.display());
        let text = format!(
            "export KUBECONFIG={kubeconfig}\nexport PATH={tools}:$PATH\n# Ctrl-C stops the control plane.\n"
        );
        // The test runner captures what the print macros write, but not this.
        let _ = std::io::stdout().write_all(text.as_bytes());
        loop {
            std::thread::park();
        }
    }
}

/// Returns a program of the test plane: `helm`, which is the oracle, or `registry`, an OCI registry.
#[track_caller]
pub(crate) fn tool(name: &str) -> PathBuf {
    match tools::folder() {
        Ok(folder) => folder.join(name),
        Err(message) => panic!("{message}"),
    }
}
