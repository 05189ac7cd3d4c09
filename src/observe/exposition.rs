//! Prometheus' text format, version 0.0.4.

use std::fmt::{Display, Write};

/// What its numbers are served as.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A page of metrics in the making. Families come one after the other, with all their samples.
#[derive(Debug, Default)]
pub struct Exposition {
    text: String,
    name: &'static str,
}

impl Exposition {
    pub fn counter(&mut self, name: &'static str, help: &str) -> &mut Self {
        self.family(name, "counter", help)
    }

    pub fn gauge(&mut self, name: &'static str, help: &str) -> &mut Self {
        self.family(name, "gauge", help)
    }

    fn family(&mut self, name: &'static str, kind: &str, help: &str) -> &mut Self {
        self.name = name;
        // Writing into a `String` cannot fail; here and below.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        self
    }

    /// A sample of the last family.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        self.line("", labels, &[], value)
    }

    /// `bounds` in seconds, each with what fell between it and the one before; one count more than bounds is the rest.
    pub fn histogram(&mut self, name: &'static str, help: &str) -> &mut Self {
        self.family(name, "histogram", help)
    }

    pub fn distribution(&mut self, labels: &[(&str, &str)], bounds: &[f64], counts: &[u64], sum: f64) -> &mut Self {
        let mut total = 0;
        for (at, count) in counts.iter().enumerate() {
            total += count;
            let bound = bounds.get(at).map_or_else(|| "+Inf".to_owned(), f64::to_string);
            self.line("_bucket", labels, &[("le", &bound)], total);
        }
        self.line("_sum", labels, &[], sum).line("_count", labels, &[], total)
    }

    fn line(&mut self, suffix: &str, labels: &[(&str, &str)], more: &[(&str, &str)], value: impl Display) -> &mut Self {
        self.text.push_str(self.name);
        self.text.push_str(suffix);
        for (at, (label, text)) in labels.iter().chain(more).enumerate() {
            self.text.push(if at == 0 { '{' } else { ',' });
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.text, "{label}=\"{text}\"");
        }
        let close = if labels.is_empty() && more.is_empty() { "" } else { "}" };
        let _ = writeln!(self.text, "{close} {value}");
        self
    }

    pub fn finish(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_written_as_prometheus_reads_them() {
        let mut page = Exposition::default();
        page.counter("a_total", "How many.").sample(&[("app", "x\"\\\n"), ("mode", "public")], 3);
        page.gauge("b", "Now.").sample(&[], 1.5);
        page.histogram("c_seconds", "How long.").distribution(&[("app", "x")], &[0.1, 1.0], &[1, 0, 2], 7.25);
        insta::assert_snapshot!(page.finish(), @r#"
        # HELP a_total How many.
        # TYPE a_total counter
        a_total{app="x\"\\\n",mode="public"} 3
        # HELP b Now.
        # TYPE b gauge
        b 1.5
        # HELP c_seconds How long.
        # TYPE c_seconds histogram
        c_seconds_bucket{app="x",le="0.1"} 1
        c_seconds_bucket{app="x",le="1"} 1
        c_seconds_bucket{app="x",le="+Inf"} 3
        c_seconds_sum{app="x"} 7.25
        c_seconds_count{app="x"} 3
        "#);
    }
}
