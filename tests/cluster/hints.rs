//! Hints of an upgrade: where the values are that it keeps.

use crate::support::Namespace;

#[test]
fn an_upgrade_names_the_revision_whose_values_it_keeps() {
    let namespace = Namespace::new("hints");
    let chart = |path: &str, text: &str| namespace.sandbox().write(format!("web/{path}"), text);
    chart("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    chart("values.yaml", "color: blue\n");
    namespace.windlass(["install", "web", "web", "--set", "image.tag=one"]).success();

    chart("values.yaml", "color: blue\nport: {http: 80}\n");
    let said = |template: &str, flag: &str| {
        chart("templates/config.yaml", template);
        let output = namespace.windlass(["upgrade", "web", "web", flag]).failure(3);
        let hint = output.stderr.lines().find_map(|line| line.strip_prefix("hint: "));
        hint.unwrap_or_else(|| panic!("no hint: {output}")).to_owned()
    };
    for flag in ["--reset-then-reuse-values", "--reuse-values", "--install"] {
        assert_eq!(
            said("{{ .Values.image.tga.x }}", flag),
            "`.Values.image.tga` is not set, but `.Values.image.tag` is at revision 1",
            "{flag}"
        );
    }
    assert_eq!(
        said("{{ .Values.port.http }}", "--reuse-values"),
        "`.Values.port` is not set: the defaults are those of revision 1, not of web/values.yaml:2"
    );
}
