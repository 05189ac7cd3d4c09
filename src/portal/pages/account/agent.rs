//! Which browser on which system, by what it says of itself. Only for a person who looks at their own list: what is
//! not recognized is shown as it came, shortened.

/// Of a text that nobody recognizes.
const SHOWN: usize = 60;

/// The order matters: browsers name those whose pages they want to be given.
const BROWSERS: [(&str, &str); 14] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
];

/// Programs rather than browsers, by the first word of what they say.
const PROGRAMS: [(&str, &str); 5] =
    [("curl/", "curl"), ("Wget/", "Wget"), ("python-", "Python"), ("Python/", "Python"), ("node", "Node.js")];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::portal) enum Agent {
    Browser {
        name: &'static str,
        system: Option<&'static str>,
    },
    /// As it came, shortened.
    Other(String),
    Silent,
}

impl Agent {
    pub(in crate::portal) fn read(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Silent;
        }
        if let Some((_, name)) = PROGRAMS.iter().find(|(mark, _)| text.starts_with(mark)) {
            return Self::Browser { name, system: None };
        }
        // Old Internet Explorers on panels name themselves in two ways.
        let is_explorer = text.contains("Trident/") || text.contains("MSIE ");
        let known = BROWSERS.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name);
        let is_safari = known != Some("Safari") || text.contains("Safari/");
        let name = if is_explorer { Some("Internet Explorer") } else { known.filter(|_| is_safari) };
        let system = SYSTEMS.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name);
        match name {
            Some(name) => Self::Browser { name, system },
            None => Self::Other(shortened(text)),
        }
    }
}

fn shortened(text: &str) -> String {
    let mut characters = text.chars();
    let short: String = characters.by_ref().take(SHOWN).collect();
    if characters.next().is_some() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_by_what_only_they_say() {
        for (text, name, system) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
                "Chrome",
                "Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
                "Edge",
                "Windows",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                "Safari",
                "macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari",
                "iOS",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0 Mobile/15E148 Safari/604.1",
                "Chrome",
                "iPadOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
                "Chrome",
                "Android",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
                "Samsung Internet",
                "Android",
            ),
            ("Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer", "Windows"),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/138.0.0.0 Safari/537.36",
                "Chrome",
                "Linux",
            ),
        ] {
            assert_eq!(Agent::read(text), Agent::Browser { name, system: Some(system) }, "{text}");
        }
        assert_eq!(Agent::read("curl/8.14.1"), Agent::Browser { name: "curl", system: None });
    }

    #[test]
    fn what_nobody_knows_is_shown_as_it_came() {
        assert_eq!(Agent::read(" "), Agent::Silent);
        assert_eq!(Agent::read("Panel/1.0"), Agent::Other("Panel/1.0".to_owned()));
        assert_eq!(Agent::read("Version/1"), Agent::Other("Version/1".to_owned()));
        assert_eq!(Agent::read(&"赵".repeat(61)), Agent::Other(format!("{}…", "赵".repeat(60))));
    }
}
