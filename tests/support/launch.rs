//! Starts a real Kubernetes without containers: etcd, the API server, the controllers, the scheduler, and kwok for the nodes.
//! Ports are taken from the free ones, and etcd listens on a socket in the state folder, so runs go side by side.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use super::api::Api;
use super::processes::Processes;
use super::{certificates, tools};

/// How often to start when another program takes a port between our finding it free and using it.
const ATTEMPTS: usize = 3;
/// A start takes five seconds on two idle cores; the rest is for machines with other things to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many lines the log of every container has before its last words.
const POD_LOG_LINES: usize = 30;

// `--unsafe-no-fsync`: test data may be lost, so nothing waits for the disk.
const ETCD: &str = "--data-dir=etcd --unsafe-no-fsync --log-level=error \
    --listen-client-urls=unix://client.sock:0 --advertise-client-urls=unix://client.sock:0 \
    --listen-peer-urls=unix://peer.sock:0 --initial-advertise-peer-urls=unix://peer.sock:0 \
    --initial-cluster=default=unix://peer.sock:0";

// The advertised address is one for documentation: nothing uses it, and a machine without a network has no other.
const API_SERVER: &str = "--etcd-servers=unix://client.sock:0 \
    --bind-address=127.0.0.1 --secure-port=API_PORT --advertise-address=192.0.2.1 \
    --cert-dir=pki --tls-cert-file=pki/apiserver.crt --tls-private-key-file=pki/apiserver.key \
    --client-ca-file=pki/ca.crt --service-account-key-file=pki/sa.pub \
    --service-account-signing-key-file=pki/sa.key \
    --service-account-issuer=https://kubernetes.default.svc --authorization-mode=Node,RBAC \
    --allow-privileged=true --service-cluster-ip-range=10.0.0.0/16";

// Port 0 means no port. The default of 20 requests a second would make tests wait for one another's objects.
// A node whose lease is late on a busy machine stays ready: no test is about nodes that die.
const CONTROLLER_MANAGER: &str = "--kubeconfig=kubeconfig --leader-elect=false --secure-port=0 \
    --service-account-private-key-file=pki/sa.key --root-ca-file=pki/ca.crt \
    --use-service-account-credentials=true --kube-api-qps=500 --kube-api-burst=1000 \
    --node-monitor-grace-period=1h";

const SCHEDULER: &str = "--kubeconfig=kubeconfig --leader-elect=false --secure-port=0 \
    --kube-api-qps=500 --kube-api-burst=1000";

const KWOK: &str = "--kubeconfig=kubeconfig --manage-all-nodes=true --config=stages.yaml \
    --server-address=127.0.0.1:KUBELET_PORT --node-ip=127.0.0.1 --node-port=KUBELET_PORT";

/// Starts a control plane from built tools; it is usable, by `kubeconfig` in its state folder, when this returns.
pub(crate) fn launch(tools: &Path) -> Result<Processes, String> {
    let mut attempt = 1;
    loop {
        match Launch::new(tools).and_then(Launch::run) {
            Err(message) if attempt < ATTEMPTS && message.contains("address already in use") => {
                attempt += 1;
            }
            result => return result,
        }
    }
}

struct Launch<'a> {
    tools: &'a Path,
    processes: Processes,
    api: Api,
    api_port: u16,
    kubelet_port: u16,
}

impl<'a> Launch<'a> {
    fn new(tools: &'a Path) -> Result<Self, String> {
        let wrong = |err: &dyn std::fmt::Display| format!("cannot prepare a control plane: {err}");
        let processes = Processes::new().map_err(|err| wrong(&err))?;
        let [api_port, kubelet_port] = free_ports().map_err(|err| wrong(&err))?;
        write_state(processes.state(), api_port).map_err(|err| wrong(&err))?;
        let api = Api::connect(&processes.state().join("kubeconfig"))?;
        Ok(Self { tools, processes, api, api_port, kubelet_port })
    }

    fn run(mut self) -> Result<Processes, String> {
        self.start("etcd", "server", ETCD)?;
        self.start("kube-apiserver", "kube-apiserver", API_SERVER)?;
        self.wait("the API server is ready", |api| {
            api.text("/readyz").is_ok_and(|answer| answer == "ok")
        })?;
        self.start("kube-controller-manager", "kube-controller-manager", CONTROLLER_MANAGER)?;
        self.start("kube-scheduler", "kube-scheduler", SCHEDULER)?;
        self.start("kwok", "kwok", KWOK)?;
        let node = std::fs::read_to_string(Path::new(tools::MODULE).join("node.yaml"))
            .map_err(|err| format!("cannot read node.yaml: {err}"))?;
        self.api.apply("", &node);
        self.wait("the node takes pods", takes_pods)?;
        self.wait("namespaces get their service account", |api| {
            api.get("/api/v1/namespaces/default/serviceaccounts/default").is_some()
        })?;
        Ok(self.processes)
    }

    fn start(&mut self, name: &'static str, program: &str, flags: &str) -> Result<(), String> {
        let flags = flags
            .replace("API_PORT", &self.api_port.to_string())
            .replace("KUBELET_PORT", &self.kubelet_port.to_string());
        let flags: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
        self.processes.start(name, &self.tools.join(program), &flags)
    }

    fn wait(&mut self, until: &str, done: impl Fn(&Api) -> bool) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while !done(&self.api) {
            if let Some(last_words) = self.processes.ended() {
                return Err(format!("the test control plane did not start: {last_words}"));
            }
            if Instant::now() > deadline {
                let logs = self.processes.all_last_words();
                return Err(format!(
                    "the test control plane did not start: waited in vain until {until}\n{logs}"
                ));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

/// A node is tainted until the controllers have seen that it is ready.
fn takes_pods(api: &Api) -> bool {
    let node = api.get("/api/v1/nodes/node-0").unwrap_or_default();
    let conditions = node["status"]["conditions"].as_array();
    let ready =
        conditions.into_iter().flatten().any(|c| c["type"] == "Ready" && c["status"] == "True");
    ready && node["spec"].get("taints").is_none()
}

fn free_ports<const N: usize>() -> std::io::Result<[u16; N]> {
    let mut ports = [0; N];
    let mut listeners = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        // Kept open until all are found, or the same port could be handed out twice.
        listeners.push(listener);
    }
    Ok(ports)
}

/// What the log of every container says: that it starts, and its last words before a crash.
fn pod_log_text() -> String {
    let line = |second: usize, stream: &str, text: &str| {
        format!("2026-01-01T00:00:{second:02}.000000000Z {stream} F {text}\n")
    };
    let steps = (1..=POD_LOG_LINES).map(|step| line(step, "stdout", &format!("step {step}")));
    steps.chain([line(POD_LOG_LINES + 1, "stderr", "panic: no database")]).collect()
}

fn write_state(state: &Path, api_port: u16) -> Result<(), Box<dyn std::error::Error>> {
    let pki = state.join("pki");
    certificates::write(&pki)?;
    let (pki, pod_log) = (pki.display(), state.join("pod.log"));
    let kubeconfig = format!(
        r#"apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: "https://127.0.0.1:{api_port}", certificate-authority: "{pki}/ca.crt"}}}}]
users: [{{name: admin, user: {{client-certificate: "{pki}/admin.crt", client-key: "{pki}/admin.key"}}}}]
contexts: [{{name: test, context: {{cluster: test, user: admin}}}}]
current-context: test
"#
    );
    std::fs::write(state.join("kubeconfig"), kubeconfig)?;
    std::fs::write(&pod_log, pod_log_text())?;
    let stages = std::fs::read_to_string(Path::new(tools::MODULE).join("stages.yaml"))?;
    let stages = stages.replace("POD_LOG", &pod_log.display().to_string());
    std::fs::write(state.join("stages.yaml"), stages)?;
    Ok(())
}
