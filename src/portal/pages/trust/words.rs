//! What the page says, in both languages.

pub(super) struct Words {
    pub(super) heading: &'static str,
    pub(super) lead: &'static str,
    pub(super) compare: &'static str,
    pub(super) compare_why: &'static str,
    /// What Windows shows.
    pub(super) thumbprint: &'static str,
    pub(super) download: &'static str,
    pub(super) profile: &'static str,
    pub(super) how: &'static str,
    pub(super) shell: &'static str,
    pub(super) other_device: &'static str,
    pub(super) scan: &'static str,
    pub(super) qr_label: &'static str,
    pub(super) formats: &'static str,
    /// With the day.
    pub(super) until: fn(&str) -> String,
    pub(super) guides: [Guide; 6],
}

/// For one kind of device.
pub(super) struct Guide {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) steps: &'static [&'static str],
    pub(super) shell: Option<&'static [&'static str]>,
}

/// By the code of the language.
pub(super) fn words(code: &str) -> &'static Words {
    if code == "de" { &DE } else { &EN }
}

const WINDOWS_SHELL: &[&str] = &["certutil -addstore -f Root millgate-root.crt"];
const MACOS_SHELL: &[&str] =
    &["sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain millgate-root.crt"];
const LINUX_SHELL: &[&str] = &[
    "# Debian, Ubuntu\nsudo cp millgate-root.crt /usr/local/share/ca-certificates/\nsudo update-ca-certificates",
    "# Fedora, RHEL, SUSE\nsudo trust anchor millgate-root.crt",
];

static EN: Words = Words {
    heading: "Trust this gateway",
    lead: "This gateway makes its own certificates, so that it works without the internet. Install its root certificate once on each device, and your browser will show its pages without a warning.",
    compare: "First compare the fingerprint",
    compare_why: "Ask whoever runs the gateway; “millgate trust --print” shows the fingerprint there. Install nothing if it differs by a single character.",
    thumbprint: "Windows shows SHA-1 instead",
    download: "Download the root certificate",
    profile: "Profile for iPhone, iPad and Mac",
    how: "Then install it",
    shell: "Or in a terminal, as an administrator:",
    other_device: "On another device",
    scan: "Scan this code to open this page there.",
    qr_label: "QR code with the address of this page",
    formats: "Other formats:",
    until: |day| {
        format!("Valid until {day}. To remove it, delete the certificate with the name above where you installed it.")
    },
    guides: [
        Guide {
            id: "windows",
            name: "Windows (Edge, Chrome)",
            steps: &[
                "Download the root certificate and open the file.",
                "Choose “Install Certificate…”, then “Current User”.",
                "Choose “Place all certificates in the following store”, then “Browse…”, then “Trusted Root Certification Authorities”.",
                "Finish, and compare the thumbprint (SHA-1) in the warning before you say Yes.",
                "Close the browser and open it again.",
            ],
            shell: Some(WINDOWS_SHELL),
        },
        Guide {
            id: "macos",
            name: "macOS (Safari, Chrome)",
            steps: &[
                "Download the root certificate and open the file: Keychain Access takes it.",
                "Find it there by its name and open it.",
                "Under “Trust”, set “When using this certificate” to “Always Trust”.",
                "Close the window and enter your password.",
            ],
            shell: Some(MACOS_SHELL),
        },
        Guide {
            id: "ios",
            name: "iPhone and iPad",
            steps: &[
                "Open this page in Safari and tap the profile above. Allow the download.",
                "Open Settings: “Profile Downloaded” is at the top. Tap it, then “Install”.",
                "Go to Settings › General › About › Certificate Trust Settings.",
                "Switch the certificate on. Without this step it is installed, but not trusted.",
            ],
            shell: None,
        },
        Guide {
            id: "android",
            name: "Android (Chrome)",
            steps: &[
                "Download the root certificate.",
                "Open Settings and search for “CA certificate” (Security › Encryption & credentials › Install a certificate).",
                "Choose “CA certificate”, then “Install anyway”, then the downloaded file.",
                "Android will say from now on that the network may be monitored: it says so of every certificate that you install.",
            ],
            shell: None,
        },
        Guide {
            id: "linux",
            name: "Linux (system, Chrome)",
            steps: &[
                "Download the root certificate and install it for the system as below.",
                "Chrome and Chromium keep their own list: open chrome://certificate-manager, choose “Local certificates”, then import it as a trusted certificate.",
                "On the machine that the gateway runs on, “sudo millgate trust --system” does it.",
            ],
            shell: Some(LINUX_SHELL),
        },
        Guide {
            id: "firefox",
            name: "Firefox, on every system",
            steps: &[
                "On Windows and macOS, Firefox believes what the system believes: install it there.",
                "Elsewhere: Settings › Privacy & Security › Certificates › “View Certificates…” › Authorities › “Import…”.",
                "Choose the downloaded file and tick “Trust this CA to identify websites”.",
            ],
            shell: None,
        },
    ],
};

static DE: Words = Words {
    heading: "Diesem Gateway vertrauen",
    lead: "Dieses Gateway stellt seine Zertifikate selbst aus und braucht dafür kein Internet. Installieren Sie sein Stammzertifikat einmal auf jedem Gerät; danach zeigt Ihr Browser die Seiten ohne Warnung.",
    compare: "Zuerst den Fingerabdruck vergleichen",
    compare_why: "Fragen Sie die Betreiber des Gateways; „millgate trust --print“ zeigt ihn dort an. Weicht auch nur ein Zeichen ab, installieren Sie nichts.",
    thumbprint: "Windows zeigt stattdessen SHA-1",
    download: "Stammzertifikat herunterladen",
    profile: "Profil für iPhone, iPad und Mac",
    how: "Dann installieren",
    shell: "Oder in einem Terminal, als Administrator:",
    other_device: "Auf einem anderen Gerät",
    scan: "Scannen Sie diesen Code, um diese Seite dort zu öffnen.",
    qr_label: "QR-Code mit der Adresse dieser Seite",
    formats: "Andere Formate:",
    until: |day| {
        format!(
            "Gültig bis {day}. Zum Entfernen löschen Sie das Zertifikat mit dem Namen oben dort, wo Sie es installiert haben."
        )
    },
    guides: [
        Guide {
            id: "windows",
            name: "Windows (Edge, Chrome)",
            steps: &[
                "Laden Sie das Stammzertifikat herunter und öffnen Sie die Datei.",
                "Wählen Sie „Zertifikat installieren…“, dann „Aktueller Benutzer“.",
                "Wählen Sie „Alle Zertifikate in folgendem Speicher speichern“, „Durchsuchen…“, „Vertrauenswürdige Stammzertifizierungsstellen“.",
                "Stellen Sie fertig, und vergleichen Sie den Fingerabdruck (SHA-1) in der Warnung, bevor Sie zustimmen.",
                "Schließen Sie den Browser und öffnen Sie ihn wieder.",
            ],
            shell: Some(WINDOWS_SHELL),
        },
        Guide {
            id: "macos",
            name: "macOS (Safari, Chrome)",
            steps: &[
                "Laden Sie das Stammzertifikat herunter und öffnen Sie die Datei: Die Schlüsselbundverwaltung übernimmt es.",
                "Suchen Sie es dort unter seinem Namen und öffnen Sie es.",
                "Stellen Sie unter „Vertrauen“ bei „Bei Verwendung dieses Zertifikats“ „Immer vertrauen“ ein.",
                "Schließen Sie das Fenster und geben Sie Ihr Passwort ein.",
            ],
            shell: Some(MACOS_SHELL),
        },
        Guide {
            id: "ios",
            name: "iPhone und iPad",
            steps: &[
                "Öffnen Sie diese Seite in Safari und tippen Sie oben auf das Profil. Erlauben Sie das Laden.",
                "Öffnen Sie die Einstellungen: Ganz oben steht „Profil geladen“. Tippen Sie darauf, dann auf „Installieren“.",
                "Gehen Sie zu Einstellungen › Allgemein › Info › Zertifikatsvertrauenseinstellungen.",
                "Schalten Sie das Zertifikat ein. Ohne diesen Schritt ist es installiert, aber nicht vertrauenswürdig.",
            ],
            shell: None,
        },
        Guide {
            id: "android",
            name: "Android (Chrome)",
            steps: &[
                "Laden Sie das Stammzertifikat herunter.",
                "Öffnen Sie die Einstellungen und suchen Sie nach „CA-Zertifikat“ (Sicherheit › Verschlüsselung und Anmeldedaten › Zertifikat installieren).",
                "Wählen Sie „CA-Zertifikat“, „Trotzdem installieren“, dann die geladene Datei.",
                "Android meldet danach, das Netzwerk werde möglicherweise überwacht: Das sagt es bei jedem selbst installierten Zertifikat.",
            ],
            shell: None,
        },
        Guide {
            id: "linux",
            name: "Linux (System, Chrome)",
            steps: &[
                "Laden Sie das Stammzertifikat herunter und installieren Sie es wie unten für das System.",
                "Chrome und Chromium haben eine eigene Liste: Öffnen Sie chrome://certificate-manager, „Lokale Zertifikate“, und importieren Sie es als vertrauenswürdig.",
                "Auf dem Rechner, auf dem das Gateway läuft, erledigt das „sudo millgate trust --system“.",
            ],
            shell: Some(LINUX_SHELL),
        },
        Guide {
            id: "firefox",
            name: "Firefox, auf jedem System",
            steps: &[
                "Unter Windows und macOS glaubt Firefox, was das System glaubt: Installieren Sie es dort.",
                "Sonst: Einstellungen › Datenschutz & Sicherheit › Zertifikate › „Zertifikate anzeigen…“ › Zertifizierungsstellen › „Importieren…“.",
                "Wählen Sie die geladene Datei und setzen Sie den Haken bei „Dieser CA vertrauen, um Websites zu identifizieren“.",
            ],
            shell: None,
        },
    ],
};
