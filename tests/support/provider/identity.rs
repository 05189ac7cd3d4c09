//! Whom the provider vouches for.

use serde_json::{Value, json};

#[derive(Clone)]
pub struct Identity {
    /// As they stand in the ID token and in the user info.
    pub claims: Value,
    /// Whether the address stands in the user info only.
    pub hides_email: bool,
}

impl Identity {
    pub fn new(sub: &str) -> Identity {
        Identity { claims: json!({ "sub": sub }), hides_email: false }
    }

    /// Verified by the provider.
    pub fn email(self, address: &str) -> Identity {
        self.claim("email", json!(address)).claim("email_verified", json!(true))
    }

    pub fn unverified(self, address: &str) -> Identity {
        self.claim("email", json!(address)).claim("email_verified", json!(false))
    }

    pub fn named(self, given: &str, family: &str) -> Identity {
        self.claim("given_name", json!(given)).claim("family_name", json!(family))
    }

    /// Google Workspace's organization.
    pub fn hosted_by(self, domain: &str) -> Identity {
        self.claim("hd", json!(domain))
    }

    pub fn claim(mut self, name: &str, value: Value) -> Identity {
        self.claims[name] = value;
        self
    }

    pub fn hiding_email(mut self) -> Identity {
        self.hides_email = true;
        self
    }

    /// What the ID token says of the person.
    pub fn in_token(&self) -> Value {
        let mut claims = self.claims.clone();
        if let (true, Some(members)) = (self.hides_email, claims.as_object_mut()) {
            members.remove("email");
            members.remove("email_verified");
        }
        claims
    }
}
