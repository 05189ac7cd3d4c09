//! What the demo prints: every address, password and link, and what to try.

use std::fmt::Write;

use crate::domain::AccessMode;

/// One app of the demo, as it is now.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) access: AccessMode,
}

pub(super) struct Sheet {
    pub(super) version: &'static str,
    pub(super) rows: Vec<Row>,
    pub(super) console: String,
    /// The address and password of the console's owner.
    pub(super) owner: (&'static str, &'static str),
    pub(super) master_password: &'static str,
    /// An address and its link; `None` when the person has registered already.
    pub(super) invite: (&'static str, Option<String>),
    pub(super) api_key: String,
    /// Where what is done here is kept; `None` when it goes with the demo.
    pub(super) kept_in: Option<String>,
    /// When others than this machine can come in.
    pub(super) open_to: Option<String>,
}

impl Sheet {
    /// `bold` is for terminals.
    pub(super) fn print(&self, bold: bool) -> String {
        let mut out = String::new();
        // Writing into a `String` cannot fail.
        let _ = self.write(&mut out, if bold { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") });
        out
    }

    fn write(&self, out: &mut String, (on, off): (&str, &str)) -> std::fmt::Result {
        let fate = match &self.kept_in {
            Some(folder) => format!("what you do is kept in {folder}"),
            None => "nothing is kept".to_owned(),
        };
        writeln!(
            out,
            "{on}Millgate {} demo{off}: one sample app for each access mode. Ctrl-C ends it, {fate}.\n",
            self.version
        )?;
        self.table(out, on, off)?;
        let (person, link) = &self.invite;
        match link {
            Some(link) => writeln!(out, "\n  {on}Invite{off} for {person}, single use:\n  {link}")?,
            None => writeln!(
                out,
                "\n  {on}Invite{off}: {person} has registered already; sign in with the password chosen then."
            )?,
        }
        if let Some(address) = &self.open_to {
            writeln!(
                out,
                "\n  {on}Careful{off}: {address} is open to others, and these passwords are known to everybody."
            )?;
        }
        self.tries(out, on, off)
    }

    fn table(&self, out: &mut String, on: &str, off: &str) -> std::fmt::Result {
        let lines = self.rows.iter().map(|row| {
            [row.name.clone(), row.address.clone(), row.access.as_str().to_owned(), self.way_in(row.access)]
        });
        let head = ["App", "Address", "Access", "To get in"].map(str::to_owned);
        let (owner, password) = self.owner;
        let way = format!("as {owner}, password: {password}");
        let console = ["console", &self.console, "members", &way].map(str::to_owned);
        let lines: Vec<[String; 4]> = std::iter::once(head).chain(lines).chain([console]).collect();
        let width = |column: fn(&[String; 4]) -> &String| {
            lines.iter().map(|line| column(line).chars().count()).max().unwrap_or(0)
        };
        let (name, address, access) = (width(|[n, ..]| n), width(|[_, a, ..]| a), width(|[_, _, a, _]| a));
        for (number, [n, a, m, way]) in lines.iter().enumerate() {
            let (on, off) = if number == 0 { (on, off) } else { ("", "") };
            writeln!(out, "  {on}{n:name$}  {a:address$}  {m:access$}  {way}{off}")?;
        }
        Ok(())
    }

    fn way_in(&self, access: AccessMode) -> String {
        let password = self.master_password;
        match access {
            AccessMode::Public => "just open it".to_owned(),
            AccessMode::MasterPassword => format!("password: {password}"),
            AccessMode::Signup => "sign up with any e-mail address".to_owned(),
            AccessMode::SignupAndMasterPassword => format!("sign up, and password: {password}"),
            AccessMode::InviteOnly => "by an invite link, below".to_owned(),
        }
    }

    fn tries(&self, out: &mut String, on: &str, off: &str) -> std::fmt::Result {
        let api = format!("{}/api/v1/workspaces/default/apps", self.console);
        writeln!(out, "\n  {on}Try{off}, with an app open in the browser (the API is at /api/v1):")?;
        writeln!(out, "  KEY='Authorization: Bearer {}'", self.api_key)?;
        writeln!(out, "  # Switch a mode: open pages fall shut at once, and open again with \"public\"")?;
        writeln!(
            out,
            "  curl -X PATCH -H \"$KEY\" -H 'Content-Type: application/json' -d '{{\"access\":\"invite-only\"}}' {api}/public"
        )?;
        writeln!(out, "  # Who has signed up, and with which devices")?;
        writeln!(out, "  curl -H \"$KEY\" {api}/signup/users")?;
        writeln!(out, "  # Delete one of them, by the id in that list")?;
        writeln!(out, "  curl -X DELETE -H \"$KEY\" {api}/signup/users/ID")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sheet_is_set_in_columns() {
        let row = |name: &str, access| Row {
            name: name.to_owned(),
            address: format!("http://{name}.localhost:8080"),
            access,
        };
        let sheet = Sheet {
            version: "0.1.0",
            rows: vec![row("public", AccessMode::Public), row("both", AccessMode::SignupAndMasterPassword)],
            console: "http://localhost:8080".to_owned(),
            owner: ("owner@example.com", "open the gate"),
            master_password: "open sesame",
            invite: ("anna@example.com", Some("http://invite.localhost:8080/.millgate/invite/X".to_owned())),
            api_key: "mg_x".to_owned(),
            kept_in: None,
            open_to: None,
        };
        insta::assert_snapshot!(sheet.print(false), @r#"
        Millgate 0.1.0 demo: one sample app for each access mode. Ctrl-C ends it, nothing is kept.

          App      Address                       Access                      To get in
          public   http://public.localhost:8080  public                      just open it
          both     http://both.localhost:8080    signup-and-master-password  sign up, and password: open sesame
          console  http://localhost:8080         members                     as owner@example.com, password: open the gate

          Invite for anna@example.com, single use:
          http://invite.localhost:8080/.millgate/invite/X

          Try, with an app open in the browser (the API is at /api/v1):
          KEY='Authorization: Bearer mg_x'
          # Switch a mode: open pages fall shut at once, and open again with "public"
          curl -X PATCH -H "$KEY" -H 'Content-Type: application/json' -d '{"access":"invite-only"}' http://localhost:8080/api/v1/workspaces/default/apps/public
          # Who has signed up, and with which devices
          curl -H "$KEY" http://localhost:8080/api/v1/workspaces/default/apps/signup/users
          # Delete one of them, by the id in that list
          curl -X DELETE -H "$KEY" http://localhost:8080/api/v1/workspaces/default/apps/signup/users/ID
        "#);
        assert!(sheet.print(true).contains("\u{1b}[1mInvite\u{1b}[0m"));
    }
}
