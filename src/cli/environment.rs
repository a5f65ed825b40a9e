//! The environment variables that windlass knows; the only place that reads the environment.
//!
//! They are Helm's, so that one set serves both; a flag wins over its variable.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A look at the environment, taken once at the start.
#[derive(Debug, Clone, Default)]
pub(super) struct Environment {
    variables: BTreeMap<String, String>,
}

/// Helm's three folders, each with its variable, the XDG variable, and where it is below the home.
const CACHE: Folder = Folder("HELM_CACHE_HOME", "XDG_CACHE_HOME", ".cache", "Library/Caches");
const CONFIG: Folder =
    Folder("HELM_CONFIG_HOME", "XDG_CONFIG_HOME", ".config", "Library/Preferences");
const DATA: Folder = Folder("HELM_DATA_HOME", "XDG_DATA_HOME", ".local/share", "Library");

struct Folder(&'static str, &'static str, &'static str, &'static str);

impl Environment {
    /// Reads the process's own environment.
    pub(super) fn read() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { variables: std::env::vars_os().filter_map(text).collect() }
    }

    /// Returns a variable that is set and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns a variable as a boolean; what is none counts as false, as in Helm.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| super::flag_value::boolean(value).unwrap_or(false))
    }

    /// Returns a variable as a number, or `otherwise`, also if it is none, as in Helm.
    pub(super) fn number<T: std::str::FromStr>(&self, name: &str, otherwise: T) -> T {
        self.get(name).and_then(|value| value.parse().ok()).unwrap_or(otherwise)
    }

    /// Returns a comma list.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let text = self.get(name).unwrap_or_default().trim_matches([',', ' ']);
        if text.is_empty() { Vec::new() } else { text.split(',').map(str::to_owned).collect() }
    }

    /// Returns the kubeconfig files that `KUBECONFIG` names, or the one in the home.
    pub(super) fn kubeconfig(&self) -> Vec<PathBuf> {
        match self.get("KUBECONFIG") {
            Some(paths) => {
                std::env::split_paths(paths).filter(|path| *path != PathBuf::new()).collect()
            }
            None => vec![self.home().join(".kube/config")],
        }
    }

    /// Returns the folder for caches.
    pub(super) fn cache_home(&self) -> PathBuf {
        self.folder(&CACHE)
    }

    /// Returns the folder for configuration.
    pub(super) fn config_home(&self) -> PathBuf {
        self.folder(&CONFIG)
    }

    /// Returns the folder for data, such as plugins.
    pub(super) fn data_home(&self) -> PathBuf {
        self.folder(&DATA)
    }

    fn folder(&self, Folder(helm, xdg, linux, macos): &Folder) -> PathBuf {
        if let Some(path) = self.get(helm) {
            return PathBuf::from(path);
        }
        match self.get(xdg) {
            Some(path) => Path::new(path).join("helm"),
            None => {
                self.home().join(if cfg!(target_os = "macos") { macos } else { linux }).join("helm")
            }
        }
    }

    fn home(&self) -> PathBuf {
        PathBuf::from(self.get("HOME").unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Environment {
        /// Returns an environment of these variables, for tests of what is read from it.
        pub(in crate::cli) fn of(variables: &[(&str, &str)]) -> Self {
            let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            Self { variables: variables.iter().map(pair).collect() }
        }
    }

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::of(variables)
    }

    #[test]
    fn folders_are_found_as_helm_finds_them() {
        let home = environment(&[
            ("HOME", "/home/me"),
            ("XDG_CACHE_HOME", "/xdg"),
            ("HELM_DATA_HOME", "/data"),
        ]);
        assert_eq!(home.cache_home(), Path::new("/xdg/helm"));
        assert_eq!(home.data_home(), Path::new("/data"));
        assert!(home.config_home().starts_with("/home/me"));
        assert_eq!(home.kubeconfig(), [Path::new("/home/me/.kube/config")]);
    }

    #[test]
    fn several_kubeconfigs_are_taken_apart() {
        let two = environment(&[("KUBECONFIG", "/a::/b")]);
        assert_eq!(two.kubeconfig(), [Path::new("/a"), Path::new("/b")]);
    }

    #[test]
    fn what_is_no_number_or_boolean_is_passed_over() {
        let odd = environment(&[("A", "x"), ("B", ""), ("C", "T"), ("D", "12"), ("E", ", a,b ,")]);
        assert_eq!((odd.number("A", 10), odd.number("B", 10), odd.number("D", 10)), (10, 10, 12));
        assert_eq!((odd.is_true("A"), odd.is_true("B"), odd.is_true("C")), (false, false, true));
        assert_eq!(odd.list("E"), ["a", "b"]);
        assert_eq!(odd.list("B"), [""; 0]);
    }
}
