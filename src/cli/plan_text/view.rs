//! What is shown of a plan, whatever the form: masked, counted, in words.

use windlass::action::{self, Consequence, Effect, ManualChange, Masks, Planned};
use windlass::cluster::{
    Change, FieldChange, FieldConflict, Json, Refusal, Step, without_server_fields,
};
use windlass::manifest::ObjectRef;

use super::ViewFlags;

/// A plan, ready to be written.
pub(super) struct View<'a> {
    pub(super) planned: &'a Planned,
    pub(super) items: Vec<Item>,
    pub(super) consequences: Vec<Consequence>,
    /// What a rollback does not bring back.
    pub(super) not_restored: Vec<String>,
    /// What others set and a rollback or a repair sets otherwise: `Deployment/web spec.replicas: …`.
    pub(super) manual: Vec<String>,
    /// What else is to be known.
    pub(super) remarks: Vec<String>,
    /// The hooks that run: `pre-upgrade Job/migrate`.
    pub(super) hooks: Vec<String>,
    /// The notes that the user will see, if they are others than now.
    pub(super) notes: Option<String>,
}

/// One object of a plan.
pub(super) struct Item {
    pub(super) object: ObjectRef,
    pub(super) action: Action,
    /// The fields that change.
    pub(super) fields: Vec<FieldChange>,
    /// For a rollback, what the revision that is there states of each of these fields.
    pub(super) recorded: Option<Vec<Option<Json>>>,
    /// The object before and after, where the whole of it is known.
    pub(super) states: Option<(Json, Json)>,
    pub(super) remarks: Vec<String>,
    /// Why it cannot be done, and what to do about it.
    pub(super) problem: Vec<String>,
    /// Whether its contents are not to be shown.
    pub(super) is_suppressed: bool,
}

/// What happens to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Create,
    Change,
    Adopt,
    Replace,
    Delete,
    Keep,
    Unchanged,
    Conflict,
    Refused,
}

impl Action {
    pub(super) const ALL: [Self; 9] = [
        Self::Create,
        Self::Change,
        Self::Adopt,
        Self::Replace,
        Self::Delete,
        Self::Keep,
        Self::Conflict,
        Self::Refused,
        Self::Unchanged,
    ];

    fn of(change: &Change) -> Self {
        match change {
            Change::Create => Self::Create,
            Change::Update(_) => Self::Change,
            Change::Adopt(_) => Self::Adopt,
            Change::Replace(_) => Self::Replace,
            Change::Unchanged => Self::Unchanged,
            Change::Delete => Self::Delete,
            Change::Keep => Self::Keep,
            Change::Refused(Refusal::Conflict { .. } | Refusal::Foreign(_)) => Self::Conflict,
            Change::Refused(_) => Self::Refused,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Adopt => "adopt",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Keep => "keep",
            Self::Unchanged => "unchanged",
            Self::Conflict => "conflict",
            Self::Refused => "refused",
        }
    }

    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Create => "+",
            Self::Change | Self::Adopt => "~",
            Self::Replace => "±",
            Self::Delete => "-",
            Self::Keep => "=",
            Self::Unchanged => " ",
            Self::Conflict | Self::Refused => "!",
        }
    }

    /// Says whether there is anything to show.
    pub(super) fn is_shown(self) -> bool {
        self != Self::Unchanged
    }
}

impl<'a> View<'a> {
    pub(super) fn new(planned: &'a Planned, flags: &ViewFlags) -> Self {
        let masks = if flags.show_secrets { Masks::default() } else { planned.masks() };
        let shows = flags.show_secrets;
        let plan = &planned.plan;
        let recorded = planned.target().map(|_| planned.recorded());
        let item = |step: &Step| {
            let mut item = Item::new(step, &masks, shows, flags);
            item.recorded = recorded.as_ref().map(|recorded| {
                let stated = |field: &FieldChange| {
                    let value = recorded.at(&step.object, &field.path)?;
                    let kind = &step.object.kind;
                    Some(if shows { value } else { masks.at(kind, &field.path, &value) })
                };
                item.fields.iter().map(stated).collect()
            });
            item
        };
        let hooks = planned.hooks();
        let hook = |(event, hook): (_, &windlass::manifest::Hook)| {
            let event: windlass::manifest::HookEvent = event;
            format!("{} {}/{}", event.as_str(), hook.kind, hook.name)
        };
        let before = planned.current().map(|release| release.info.notes.trim());
        let after = planned.next().map_or("", |release| release.info.notes.trim());
        let is_new = !after.is_empty() && before != Some(after);
        Self {
            planned,
            items: plan.steps.iter().map(item).collect(),
            consequences: action::consequences(plan),
            not_restored: planned.not_restored().to_vec(),
            manual: match planned.target().is_some() || planned.repairs() {
                true => planned.manual_changes().iter().map(manual).collect(),
                false => Vec::new(),
            },
            remarks: plan.remarks.iter().map(|text| masks.text(text)).collect(),
            hooks: hooks.into_iter().map(hook).collect(),
            notes: (is_new && !flags.hides_notes).then(|| masks.text(after)),
        }
    }

    /// Says how many objects each thing happens to; what happens to none is left out.
    pub(super) fn counts(&self) -> Vec<(Action, usize)> {
        let count = |action| self.items.iter().filter(|item| item.action == action).count();
        let counts = Action::ALL.map(|action| (action, count(action)));
        counts.into_iter().filter(|(_, count)| *count > 0).collect()
    }

    /// Returns the sentence that ends a plan.
    pub(super) fn summary(&self) -> String {
        let count = |(action, count): &(Action, usize)| match action {
            Action::Unchanged => format!("{count} unchanged"),
            Action::Conflict => format!("{count} in conflict"),
            Action::Refused => format!("{count} refused"),
            action => format!("{count} to {}", action.word()),
        };
        let counts: Vec<String> = self.counts().iter().map(count).collect();
        let counts = if counts.is_empty() { "no objects".to_owned() } else { counts.join(", ") };
        let number = |effect: Effect| {
            self.consequences.iter().filter(|found| found.effect == effect).count()
        };
        let (rolling, down) = (number(Effect::Restart), number(Effect::Downtime));
        match (rolling + down, down) {
            (0, _) => counts,
            (all, 0) => {
                format!("{counts}; {} without downtime", workloads(all, "restarts", "restart"))
            }
            (all, down) => {
                format!(
                    "{counts}; {}, {down} with downtime",
                    workloads(all, "stops or restarts", "stop or restart")
                )
            }
        }
    }

    /// Returns an object's name, with its namespace where that is not the release's.
    pub(super) fn name(&self, object: &ObjectRef) -> String {
        let release = &self.planned.release().namespace;
        match &object.namespace {
            Some(namespace) if namespace != release => format!("{object} in {namespace}"),
            _ => object.to_string(),
        }
    }
}

fn workloads(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 workload {one}") } else { format!("{number} workloads {many}") }
}

impl Item {
    fn new(step: &Step, masks: &Masks, shows_secrets: bool, flags: &ViewFlags) -> Self {
        let kind = step.object.kind.as_str();
        let field = |field: &FieldChange| {
            if shows_secrets { field.clone() } else { masks.field(kind, field) }
        };
        let state = |object: &Json| {
            let object = without_server_fields(object);
            if shows_secrets { object } else { masks.object(&object) }
        };
        let fields = match &step.change {
            Change::Update(fields)
            | Change::Adopt(fields)
            | Change::Replace(fields)
            | Change::Refused(Refusal::Immutable { fields, .. }) => fields.as_slice(),
            _ => &[],
        };
        let states = match &step.change {
            Change::Create => Some((Json::Null, state(&step.desired))),
            Change::Delete => step.live.as_ref().map(|live| (state(live), Json::Null)),
            Change::Update(_) | Change::Adopt(_) => {
                // Where two stored revisions are compared, there is no answer of the API server.
                let has_no_version = |live: &Json| live.pointer("/metadata/uid").is_none();
                let desired = step.live.as_ref().filter(|live| has_no_version(live));
                let after = step.after.as_ref().or(desired.map(|_| &step.desired));
                let both = step.live.as_ref().zip(after);
                both.map(|(live, after)| (state(live), state(after)))
            }
            _ => None,
        };
        Self {
            object: step.object.clone(),
            action: Action::of(&step.change),
            fields: fields.iter().map(field).collect(),
            recorded: None,
            states,
            remarks: step.remarks.iter().map(|text| masks.text(text)).collect(),
            problem: problem(step, masks, shows_secrets),
            is_suppressed: flags.is_suppressed(kind),
        }
    }
}

/// Says who set a field, and what becomes of that.
fn manual(change: &ManualChange) -> String {
    let ManualChange { object, path, by, conflicts } = change;
    let time = match by.time.as_str() {
        "" => "at a time that is not known",
        time => &format!("at {time}"),
    };
    let fate =
        if *conflicts { "in the way; --force-conflicts overwrites it" } else { "overwritten" };
    format!("{object} {path}: set by {}, {time}; {fate}", by.manager)
}

/// Says why a step cannot be done, and what to do about it.
fn problem(step: &Step, masks: &Masks, shows_secrets: bool) -> Vec<String> {
    let Change::Refused(refusal) = &step.change else { return Vec::new() };
    let mut lines = match refusal {
        Refusal::Foreign(why) => vec![format!("it exists and is not part of this release: {why}")],
        Refusal::Conflict { fields, .. } => {
            fields.iter().map(|field| conflict(step, field, masks, shows_secrets)).collect()
        }
        Refusal::Immutable { message, .. } | Refusal::Rejected { message, .. } => {
            message.lines().map(|line| masks.text(line)).collect()
        }
        Refusal::NoSuchKind => vec![format!(
            "the cluster has no kind `{}` in `{}`, and nothing in the release brings it",
            step.object.kind, step.object.api_version
        )],
    };
    lines.extend(match refusal {
        Refusal::Foreign(_) => Some(
            "--take-ownership makes it part of this release; another release that has it loses it"
                .to_owned(),
        ),
        Refusal::Conflict { .. } => Some(
            "--force-conflicts takes the fields over; or leave them out of the chart".to_owned(),
        ),
        Refusal::Immutable { .. } => {
            Some(format!("--recreate {} deletes it and makes it anew", step.object))
        }
        Refusal::NoSuchKind => Some("install what defines the kind first".to_owned()),
        Refusal::Rejected { reason, message, .. } => action::rejection_hint(reason, message),
    });
    lines
}

fn conflict(step: &Step, field: &FieldConflict, masks: &Masks, shows_secrets: bool) -> String {
    let value = |value: &Option<Json>| match value {
        None => "nothing".to_owned(),
        Some(value) if shows_secrets => inline(value),
        Some(value) => inline(&masks.at(&step.object.kind, &field.field, value)),
    };
    let through = field.subresource.as_ref().map(|name| format!(" (through {name})"));
    format!(
        "{}: `{}`{} has set {}, the chart wants {}",
        field.field,
        field.manager,
        through.unwrap_or_default(),
        value(&field.theirs),
        value(&field.ours)
    )
}

/// Returns a value on one line: scalars as YAML has them, the rest as JSON.
pub(super) fn inline(value: &Json) -> String {
    match value {
        Json::Array(_) | Json::Object(_) => value.to_string(),
        Json::String(text) if text.contains('\n') => value.to_string(),
        scalar => windlass::yaml::emit(&scalar.clone().into()).trim_end().to_owned(),
    }
}

/// Escapes what a terminal would take for a command.
pub(in crate::cli) fn printable(text: &str) -> String {
    let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if !text.contains(is_odd) {
        return text.to_owned();
    }
    text.chars()
        .map(|c| if is_odd(c) { c.escape_unicode().to_string() } else { c.to_string() })
        .collect()
}
