//! The root as Apple's devices take it: a configuration profile.

use data_encoding::BASE64;

use crate::tls::Root;

/// Not signed: the device says so, and its owner compares the fingerprint.
pub(super) fn of(root: &Root) -> String {
    let name = escaped(&root.name);
    let content = BASE64.encode(&root.der);
    let (certificate, profile) = (uuid(&root.fingerprint, 0), uuid(&root.fingerprint, 16));
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>PayloadContent</key>
	<array>
		<dict>
			<key>PayloadCertificateFileName</key>
			<string>millgate-root.cer</string>
			<key>PayloadContent</key>
			<data>{content}</data>
			<key>PayloadDescription</key>
			<string>SHA-256 {fingerprint}</string>
			<key>PayloadDisplayName</key>
			<string>{name}</string>
			<key>PayloadIdentifier</key>
			<string>millgate.root.{certificate}</string>
			<key>PayloadType</key>
			<string>com.apple.security.root</string>
			<key>PayloadUUID</key>
			<string>{certificate}</string>
			<key>PayloadVersion</key>
			<integer>1</integer>
		</dict>
	</array>
	<key>PayloadDisplayName</key>
	<string>{name}</string>
	<key>PayloadIdentifier</key>
	<string>millgate.profile.{profile}</string>
	<key>PayloadType</key>
	<string>Configuration</string>
	<key>PayloadUUID</key>
	<string>{profile}</string>
	<key>PayloadVersion</key>
	<integer>1</integer>
</dict>
</plist>
"#,
        fingerprint = root.fingerprint,
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The same profile again replaces itself: its ids come from the fingerprint.
fn uuid(fingerprint: &str, skip: usize) -> String {
    let digits: String = fingerprint.chars().filter(|c| *c != ':').skip(skip * 2).take(32).collect();
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn ids_are_the_same_every_time_and_text_cannot_break_out() {
        let fingerprint: Vec<String> = (0..32).map(|byte| format!("{byte:02X}")).collect();
        let root = Root {
            der: vec![1, 2, 3],
            pem: String::new(),
            name: "CA <a&b>".to_owned(),
            fingerprint: fingerprint.join(":"),
            thumbprint: String::new(),
            not_after: Timestamp::from_millis(0),
        };
        let profile = of(&root);
        assert!(profile.contains("<string>00010203-0405-0607-0809-0A0B0C0D0E0F</string>"));
        assert!(profile.contains("<string>10111213-1415-1617-1819-1A1B1C1D1E1F</string>"));
        assert!(profile.contains("CA &lt;a&amp;b&gt;") && profile.contains("<data>AQID</data>"));
    }
}
