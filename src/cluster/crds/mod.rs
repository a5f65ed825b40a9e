//! CustomResourceDefinitions of `crds/`: what happens to them, and what a change of one would break.
//!
//! A definition is compared with the one in the cluster before anything is written. What it narrows
//! is held against the objects there are: where all of them fit, it is a remark and no more.

mod compare;
mod structural;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use kube::api::{Api, ApiResource, DynamicObject, ListParams};
use serde::{Deserialize, Serialize};

use super::fields::differing;
use super::plan::{Refusal, Surroundings, json};
use super::{Change, Cluster, Error, Json, Step};
use crate::manifest::Object;
use compare::{Finding, Weight, compare, versions};

pub(in crate::cluster) use compare::schema;
pub(in crate::cluster) use structural::misfits;

/// What happens to the files of `crds/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum CrdPolicy {
    /// Those that do not exist are made; the others stay as they are.
    Create,
    /// Those that do not exist are made, the others changed, if that breaks nothing.
    Upgrade,
    /// Nothing.
    #[default]
    Skip,
}

/// The word by which the refusal of a breaking definition is known.
pub const BREAKING_DEFINITION: &str = "BreakingDefinition";

/// The kind of definitions.
pub(super) const KIND: &str = "CustomResourceDefinition";

/// How many objects are asked for at once; that of the API server's own clients.
const PAGE: u32 = 500;

/// How many objects of a kind are checked: a few seconds' worth.
const MAX_CHECKED: usize = 10_000;

/// How many objects are named that would become invalid.
const MAX_NAMED: usize = 10;

/// What a look at the objects of a version came to.
#[derive(Default)]
struct Looked {
    checked: usize,
    /// Each object that would become invalid, and why.
    invalid: Vec<String>,
    /// Who uses a version that goes.
    users: BTreeSet<String>,
    /// Why not all were looked at.
    incomplete: Option<String>,
}

impl Cluster {
    /// Plans an object of `crds/`, which bears no marks of a release.
    pub(super) async fn plan_crd(
        &self,
        around: &Surroundings<'_>,
        object: &Object,
    ) -> Result<Step, Error> {
        let settled = self.settle(&object.reference, &around.owner.namespace).await;
        let reference = match settled {
            Err(Error::NoSuchKind { object }) => object,
            settled => settled?,
        };
        let mut step = Step {
            object: reference,
            change: Change::Create,
            desired: Json::from(object.value.clone()),
            live: None,
            after: None,
            remarks: Vec::new(),
        };
        let api = match self.api(&step.object).await {
            Err(Error::NoSuchKind { .. }) => {
                if !self.comes_with_release(around, &mut step) {
                    step.change = Change::Refused(Refusal::NoSuchKind);
                }
                return Ok(step);
            }
            api => api?,
        };
        step.live = self.live(&api, &step.object).await?;
        if let Some(live) = &step.live
            && around.options.crds == CrdPolicy::Create
        {
            if !differing(live, &step.desired).is_empty() {
                step.remarks
                    .push("it exists and differs; --crds=create leaves it as it is".to_owned());
            }
            step.after = step.live.clone();
            step.change = Change::Unchanged;
            return Ok(step);
        }
        self.try_crd(&api, around, &mut step).await?;
        self.judge(around, &mut step).await?;
        Ok(step)
    }

    /// Refuses a definition that breaks what is there, or remarks on what it changes.
    pub(super) async fn judge(
        &self,
        around: &Surroundings<'_>,
        step: &mut Step,
    ) -> Result<(), Error> {
        let Some(live) = step.live.clone().filter(|_| step.object.kind == KIND) else {
            return Ok(());
        };
        if step.change == Change::Unchanged {
            return Ok(());
        }
        let findings = compare(&live, &step.desired);
        let (breaks, warnings) = self.weigh(findings, &live, &step.desired).await?;
        step.remarks.extend(warnings);
        if breaks.is_empty() {
            return Ok(());
        }
        if around.options.force_crds {
            step.remarks.extend(breaks);
            return Ok(());
        }
        let mut message = format!("it would break what is there:\n  {}", breaks.join("\n  "));
        if let Change::Refused(refusal) = &step.change {
            message = format!("{message}\n  {}", refusal.error(&step.object));
        }
        let reason = BREAKING_DEFINITION.to_owned();
        step.change = Change::Refused(Refusal::Rejected { message, reason, code: 422 });
        Ok(())
    }

    /// Tells what breaks something from what the user should know.
    async fn weigh(
        &self,
        findings: Vec<Finding>,
        old: &Json,
        new: &Json,
    ) -> Result<(Vec<String>, Vec<String>), Error> {
        let (mut breaks, mut warnings) = (Vec::new(), Vec::new());
        let mut narrowed: Vec<(String, Vec<String>)> = Vec::new();
        for Finding { weight, text } in findings {
            match weight {
                Weight::Breaks => breaks.push(text),
                Weight::Warns => warnings.push(text),
                Weight::Narrows(version) => match narrowed.last_mut() {
                    Some((same, texts)) if *same == version => texts.push(text),
                    _ => narrowed.push((version, vec![text])),
                },
                Weight::Unserves(version) => {
                    let looked = self.look(old, new, &version, Some(&version)).await?;
                    let users: Vec<String> = looked.users.into_iter().collect();
                    match (users.is_empty(), looked.incomplete) {
                        (true, None) => warnings.push(text),
                        (true, Some(why)) => breaks.push(format!("{text}; {why}")),
                        (false, _) => {
                            breaks.push(format!("{text}, but used: {}", some_of(&users)));
                        }
                    }
                }
            }
        }
        for (version, texts) in narrowed {
            let looked = self.look(old, new, &version, None).await?;
            if looked.invalid.is_empty() && looked.incomplete.is_none() {
                let fit = match looked.checked {
                    0 => "there are no objects".to_owned(),
                    1 => "the one object fits".to_owned(),
                    checked => format!("the {checked} objects fit"),
                };
                warnings.extend(texts.into_iter().map(|text| format!("{text} ({fit})")));
                continue;
            }
            breaks.extend(texts);
            breaks.extend(looked.invalid.iter().take(MAX_NAMED).cloned());
            let more = looked.invalid.len().saturating_sub(MAX_NAMED);
            if more > 0 {
                breaks.push(format!("and {more} more objects that would become invalid"));
            }
            breaks.extend(looked.incomplete);
        }
        Ok((breaks, warnings))
    }

    /// Looks at the objects of a version, page by page.
    async fn look(
        &self,
        old: &Json,
        new: &Json,
        version: &str,
        goes: Option<&str>,
    ) -> Result<Looked, Error> {
        let mut looked = Looked::default();
        let Some(resource) = resource(old, version) else { return Ok(looked) };
        let api: Api<DynamicObject> = Api::all_with(self.client().clone(), &resource);
        let mut params = ListParams::default().limit(PAGE);
        loop {
            let page = match api.list(&params).await {
                Ok(page) => page,
                Err(kube::Error::Api(status)) if status.code == 404 => return Ok(looked),
                Err(kube::Error::Api(status)) if status.code == 403 => {
                    looked.incomplete =
                        Some(format!("its objects cannot be checked: {}", status.message));
                    return Ok(looked);
                }
                Err(error) => {
                    return Err(self.error(format!("list `{}`", resource.plural), error));
                }
            };
            for object in page.items {
                looked.add(&json(object), old, new, version, goes);
            }
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                None => return Ok(looked),
                Some(_) if looked.checked >= MAX_CHECKED => {
                    looked.incomplete =
                        Some(format!("only {} of its objects were checked", looked.checked));
                    return Ok(looked);
                }
                Some(token) => params = params.continue_token(&token),
            }
        }
    }
}

impl Looked {
    fn add(&mut self, object: &Json, old: &Json, new: &Json, version: &str, goes: Option<&str>) {
        self.checked += 1;
        let text = |path: &str| object.pointer(path).and_then(Json::as_str).unwrap_or_default();
        let (name, namespace) = (text("/metadata/name"), text("/metadata/namespace"));
        let kind = old.pointer("/spec/names/kind").and_then(Json::as_str).unwrap_or_default();
        let place = if namespace.is_empty() { String::new() } else { format!(" in `{namespace}`") };
        if let Some(goes) = goes {
            let fields = object.pointer("/metadata/managedFields").and_then(Json::as_array);
            for entry in fields.into_iter().flatten() {
                let used = entry["apiVersion"].as_str().and_then(|used| used.rsplit_once('/'));
                if used.is_some_and(|(_, version)| version == goes) {
                    let manager = entry["manager"].as_str().unwrap_or_default();
                    self.users.insert(format!("`{manager}` for `{kind}/{name}`{place}"));
                }
            }
            return;
        }
        let (Some(before), Some(after)) = (schema(old, version), schema(new, version)) else {
            return;
        };
        // What is wrong already is not the new definition's fault.
        let known = misfits(before, object, true);
        let fresh: Vec<String> =
            misfits(after, object, true).into_iter().filter(|why| !known.contains(why)).collect();
        if !fresh.is_empty() {
            let why = fresh.join(", ");
            self.invalid.push(format!("`{kind}/{name}`{place} would become invalid: {why}"));
        }
    }
}

/// Returns how to address the objects of a version, `None` if it is not served.
fn resource(definition: &Json, version: &str) -> Option<ApiResource> {
    let served =
        versions(definition).any(|found| found["name"] == version && found["served"] == true);
    let text = |path: &str| Some(definition.pointer(path)?.as_str()?.to_owned());
    let group = text("/spec/group")?;
    served.then_some(ApiResource {
        api_version: format!("{group}/{version}"),
        version: version.to_owned(),
        kind: text("/spec/names/kind")?,
        plural: text("/spec/names/plural")?,
        group,
    })
}

fn some_of(names: &[String]) -> String {
    let mut text = names.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MAX_NAMED {
        text.push_str(&format!(" and {} more", names.len() - MAX_NAMED));
    }
    text
}
