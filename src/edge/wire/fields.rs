//! Header fields by what the gateway does with them.

use std::ops::Range;

/// One header field, as places in its head's bytes.
#[derive(Debug, Clone)]
pub(in crate::edge) struct Field {
    pub(in crate::edge) name: Range<usize>,
    pub(in crate::edge) value: Range<usize>,
    pub(in crate::edge) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::edge) enum Kind {
    /// Goes through untouched.
    Plain,
    /// Never goes through: hop-by-hop, an identity name, or a look-alike of a name that matters here.
    Drop,
    /// Goes through only from a trusted proxy.
    Forwarding,
    Host,
    ContentLength,
    TransferEncoding,
    Connection,
    Upgrade,
    Expect,
    Trailer,
    Cookie,
    Accept,
    AcceptLanguage,
    UserAgent,
    Origin,
    SecFetchMode,
    SecFetchDest,
    XForwardedFor,
    XForwardedProto,
    XForwardedHost,
    SetCookie,
    CacheControl,
    Vary,
    Location,
}

/// The longest name that matters here is shorter; of a longer one only its beginning can matter.
const LONGEST: usize = 40;

/// Names are compared folded: lower case, and whatever is no letter and no digit as `-`, because servers behind gateways
/// fold them so (to CGI and WSGI `X_User` and `X-User` are one variable, to lighttpd's `X~User` is, too). A name that
/// matters only by folding is a look-alike.
pub(in crate::edge) fn kind_of_request_field(name: &[u8]) -> Kind {
    with_folded(name, |folded, exact| match (request_kind(folded), exact) {
        (Kind::Plain, _) => Kind::Plain,
        (kind, true) => kind,
        (_, false) => Kind::Drop,
    })
}

pub(in crate::edge) fn kind_of_response_field(name: &[u8]) -> Kind {
    with_folded(name, |folded, exact| if exact { response_kind(folded) } else { Kind::Plain })
}

/// Whether two names are one to a server that folds them.
pub(in crate::edge) fn same_folded(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(a, b)| fold(*a) == fold(*b))
}

fn fold(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' }
}

fn with_folded(name: &[u8], judge: impl FnOnce(&[u8], bool) -> Kind) -> Kind {
    let mut space = [0; LONGEST];
    let folded = space.get_mut(..name.len().min(LONGEST)).unwrap_or_default();
    let mut exact = true;
    for (to, from) in folded.iter_mut().zip(name) {
        *to = fold(*from);
        exact &= from.is_ascii_alphanumeric() || *from == b'-';
    }
    judge(folded, exact)
}

fn request_kind(folded: &[u8]) -> Kind {
    match folded {
        b"host" => Kind::Host,
        b"cookie" => Kind::Cookie,
        b"accept" => Kind::Accept,
        b"accept-language" => Kind::AcceptLanguage,
        b"user-agent" => Kind::UserAgent,
        b"origin" => Kind::Origin,
        b"content-length" => Kind::ContentLength,
        b"transfer-encoding" => Kind::TransferEncoding,
        b"connection" => Kind::Connection,
        b"upgrade" => Kind::Upgrade,
        b"expect" => Kind::Expect,
        b"trailer" => Kind::Trailer,
        b"sec-fetch-mode" => Kind::SecFetchMode,
        b"sec-fetch-dest" => Kind::SecFetchDest,
        b"x-forwarded-for" => Kind::XForwardedFor,
        b"x-forwarded-proto" => Kind::XForwardedProto,
        b"x-forwarded-host" => Kind::XForwardedHost,
        // To CGI programs it is the variable that names the proxy for their own requests (CVE-2016-5385, "httpoxy").
        b"proxy" => Kind::Drop,
        _ if is_hop_by_hop(folded) || is_identity(folded) => Kind::Drop,
        _ if is_forwarding(folded) => Kind::Forwarding,
        _ => Kind::Plain,
    }
}

fn response_kind(folded: &[u8]) -> Kind {
    match folded {
        b"content-length" => Kind::ContentLength,
        b"transfer-encoding" => Kind::TransferEncoding,
        b"connection" => Kind::Connection,
        b"upgrade" => Kind::Upgrade,
        b"trailer" => Kind::Trailer,
        b"set-cookie" => Kind::SetCookie,
        b"cache-control" => Kind::CacheControl,
        b"vary" => Kind::Vary,
        b"location" => Kind::Location,
        _ if is_hop_by_hop(folded) => Kind::Drop,
        _ => Kind::Plain,
    }
}

/// RFC 9110 section 7.6.1, and what old proxies used. `HTTP2-Settings` belongs to an upgrade that is not offered.
fn is_hop_by_hop(folded: &[u8]) -> bool {
    matches!(
        folded,
        b"keep-alive"
            | b"proxy-connection"
            | b"proxy-authenticate"
            | b"proxy-authorization"
            | b"te"
            | b"http2-settings"
    )
}

/// Every name under which any app may be told who is there.
fn is_identity(folded: &[u8]) -> bool {
    matches!(
        folded,
        // `$USER`, folded.
        b"-user"
            | b"x-user"
            | b"x-user-info"
            | b"x-user-jwt"
            | b"remote-user"
            | b"remote-email"
            | b"remote-name"
            | b"remote-groups"
            | b"x-forwarded-user"
            | b"x-forwarded-email"
            | b"x-forwarded-preferred-username"
            | b"x-forwarded-groups"
            | b"x-webauth-user"
            | b"x-webauth-email"
            | b"x-webauth-name"
            | b"x-webauth-groups"
    )
}

/// Names by which a proxy in front tells of the original request, or who it has let in.
fn is_forwarding(folded: &[u8]) -> bool {
    folded.starts_with(b"x-forwarded-")
        || folded.starts_with(b"x-original-")
        || folded.starts_with(b"x-auth-request-")
        || folded.starts_with(b"x-authentik-")
        || matches!(
            folded,
            b"forwarded"
                | b"forwarded-for"
                | b"x-forwarded"
                | b"x-remote-user"
                | b"x-script-name"
                | b"client-ip"
                | b"fly-client-ip"
                | b"x-real-ip"
                | b"x-rewrite-url"
                | b"x-client-ip"
                | b"true-client-ip"
                | b"x-cluster-client-ip"
                | b"cf-connecting-ip"
                | b"fastly-client-ip"
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn identity_names_are_dropped_in_every_spelling() {
        for name in ["$USER", "$user", "X-User", "x_user", "X.USER", "x-User_Info", "REMOTE_USER", "X_WebAuth.User"] {
            assert_eq!(kind_of_request_field(name.as_bytes()), Kind::Drop, "{name}");
        }
        // Every sign that a name may have (RFC 9110 section 5.6.2).
        for sign in "!#$%&'*+-.^_`|~".chars() {
            for name in [format!("X{sign}User"), format!("{sign}USER"), format!("Remote{sign}Name")] {
                assert_eq!(kind_of_request_field(name.as_bytes()), Kind::Drop, "{name}");
            }
        }
        assert_eq!(kind_of_request_field(b"Proxy"), Kind::Drop);
        assert_eq!(kind_of_response_field(b"Proxy"), Kind::Plain);
    }
    #[test]
    fn look_alikes_of_names_that_matter_are_dropped() {
        for name in ["Content_Length", "Transfer.Encoding", "X_Forwarded_For", "Sec_Fetch_Mode", "hos.t"] {
            let kind = kind_of_request_field(name.as_bytes());
            assert!(kind == Kind::Drop || name == "hos.t" && kind == Kind::Plain, "{name}: {kind:?}");
        }
    }

    /// What each name is to the gate, spelled as nobody spells it; the same name with `_` is never more than dropped.
    #[test]
    fn every_name_that_matters_has_its_kind() {
        let names = [
            ("hOST", Kind::Host),
            ("Cookie", Kind::Cookie),
            ("ACCEPT", Kind::Accept),
            ("Accept-Language", Kind::AcceptLanguage),
            ("User-Agent", Kind::UserAgent),
            ("Origin", Kind::Origin),
            ("Content-Length", Kind::ContentLength),
            ("Transfer-Encoding", Kind::TransferEncoding),
            ("Connection", Kind::Connection),
            ("Upgrade", Kind::Upgrade),
            ("Expect", Kind::Expect),
            ("Trailer", Kind::Trailer),
            ("Sec-Fetch-Mode", Kind::SecFetchMode),
            ("Sec-Fetch-Dest", Kind::SecFetchDest),
            ("X-Forwarded-For", Kind::XForwardedFor),
            ("X-Forwarded-Proto", Kind::XForwardedProto),
            ("X-Forwarded-Host", Kind::XForwardedHost),
            ("X-Forwarded-Anything", Kind::Forwarding),
            ("X-Original-Anything", Kind::Forwarding),
            ("Forwarded", Kind::Forwarding),
            ("X-Real-IP", Kind::Forwarding),
            ("X-Rewrite-URL", Kind::Forwarding),
            ("X-Client-IP", Kind::Forwarding),
            ("True-Client-IP", Kind::Forwarding),
            ("X-Cluster-Client-IP", Kind::Forwarding),
            ("CF-Connecting-IP", Kind::Forwarding),
            ("Fastly-Client-IP", Kind::Forwarding),
            ("Fly-Client-IP", Kind::Forwarding),
            ("Client-IP", Kind::Forwarding),
            ("Forwarded-For", Kind::Forwarding),
            ("X-Forwarded", Kind::Forwarding),
            ("X-Remote-User", Kind::Forwarding),
            ("X-Script-Name", Kind::Forwarding),
            ("X-Auth-Request-Email", Kind::Forwarding),
            ("X-Authentik-Username", Kind::Forwarding),
            ("Content-Type", Kind::Plain),
            ("Set-Cookie", Kind::Plain),
            ("X-Users", Kind::Plain),
        ];
        for (name, kind) in names {
            assert_eq!(kind_of_request_field(name.as_bytes()), kind, "{name}");
            let folded = name.replace('-', "_");
            let expected = if kind == Kind::Plain || folded == name { kind } else { Kind::Drop };
            assert_eq!(kind_of_request_field(folded.as_bytes()), expected, "{folded}");
        }
        let long = "x-forwarded-".to_owned() + &"a".repeat(100);
        assert_eq!(kind_of_request_field(long.as_bytes()), Kind::Forwarding, "however long");
    }

    #[test]
    fn what_belongs_to_one_connection_never_goes_through() {
        for name in
            ["Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "HTTP2-Settings"]
        {
            assert_eq!(kind_of_request_field(name.as_bytes()), Kind::Drop, "{name}");
            assert_eq!(kind_of_response_field(name.as_bytes()), Kind::Drop, "{name}");
        }
    }

    #[test]
    fn an_answers_names_have_their_kinds() {
        let names = [
            ("content-LENGTH", Kind::ContentLength),
            ("Transfer-Encoding", Kind::TransferEncoding),
            ("Connection", Kind::Connection),
            ("Upgrade", Kind::Upgrade),
            ("Trailer", Kind::Trailer),
            ("Set-Cookie", Kind::SetCookie),
            ("Cache-Control", Kind::CacheControl),
            ("Vary", Kind::Vary),
            ("Location", Kind::Location),
            ("X-User", Kind::Plain),
            ("Host", Kind::Plain),
            // Browsers do not fold.
            ("Set_Cookie", Kind::Plain),
            ("Transfer.Encoding", Kind::Plain),
        ];
        for (name, kind) in names {
            assert_eq!(kind_of_response_field(name.as_bytes()), kind, "{name}");
        }
    }

    #[test]
    fn names_are_one_name_if_a_server_takes_them_for_one() {
        assert!(same_folded(b"X-User.Info", b"x_user-iNFO") && same_folded(b"", b""));
        for (left, right) in
            [(&b"x-user"[..], &b"x-users"[..]), (b"x-user", b"y-user"), (b"x-user", b"x-"), (b"a", b"")]
        {
            assert!(!same_folded(left, right) && !same_folded(right, left));
        }
    }

    #[test]
    fn every_identity_name_is_dropped() {
        for name in [
            "$USER",
            "X-User",
            "X-User-Info",
            "X-User-Jwt",
            "Remote-User",
            "Remote-Email",
            "Remote-Name",
            "Remote-Groups",
            "X-Forwarded-User",
            "X-Forwarded-Email",
            "X-Forwarded-Preferred-Username",
            "X-Forwarded-Groups",
            "X-WebAuth-User",
            "X-WebAuth-Email",
            "X-WebAuth-Name",
            "X-WebAuth-Groups",
        ] {
            assert_eq!(kind_of_request_field(name.as_bytes()), Kind::Drop, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_spelling_of_an_identity_name_gets_through(
            name in prop::sample::select(vec!["$user", "x-user", "x-user-info", "x-user-jwt", "remote-groups"]),
            cases in prop::collection::vec(any::<bool>(), 16),
            marks in prop::collection::vec(0_usize..15, 16),
        ) {
            let spelled: Vec<u8> = name.bytes().enumerate().map(|(at, byte)| match byte {
                b'-' | b'$' => b"!#$%&'*+-.^_`|~"[marks[at % 16]],
                other if cases[at % 16] => other.to_ascii_uppercase(),
                other => other,
            }).collect();
            prop_assert_eq!(kind_of_request_field(&spelled), Kind::Drop);
        }
    }
}
