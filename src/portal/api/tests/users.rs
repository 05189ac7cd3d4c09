//! Users, as a program makes and changes them.

use super::*;

const USERS: &str = "/api/v1/workspaces/default/apps/hmi/users";

impl Program {
    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    fn paths(&self, user: &Value) -> String {
        format!("{USERS}/{}", user["id"].as_str().unwrap())
    }
}

#[tokio::test]
async fn a_user_is_made_changed_suspended_and_signed_out() {
    let program = program().await;
    program.create(hmi()).await;
    let made = program.post(USERS, json!({"username": "4711", "given_name": "Ina", "invite": true})).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let path = program.paths(&made.body);
    assert_eq!(made.headers[header::LOCATION], path.as_str());
    assert!(made.body["link"].as_str().unwrap().starts_with("http://hmi.test:8080/.millgate/invite/"));
    let row = program.get(&path).await.body;
    let expected = json!({"username": "4711", "email": null, "email_verified": false, "name": "Ina",
        "given_name": "Ina", "family_name": "", "status": "passwordless", "invited": true, "waiting": false,
        "suspended": false, "providers": [], "devices": []});
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(row[field], *value, "{field}");
    }
    assert!(row.get("link").is_none(), "shown once");
    assert_eq!(program.post(USERS, json!({"username": "4711"})).await.status, StatusCode::CONFLICT);

    let changed = program.patch(&path, json!({"email": "Ina@X", "family_name": "Vited", "given_name": null})).await;
    assert_eq!((changed.status, &changed.body["username"]), (StatusCode::OK, &json!("ina@x")));
    assert_eq!((&changed.body["email"], &changed.body["name"]), (&json!("ina@x"), &json!("Vited")));
    let proven = program.patch(&path, json!({"email_verified": true})).await;
    assert_eq!(proven.body["email_verified"], true);
    assert_eq!(program.patch(&path, json!({"suspended": true})).await.body["status"], "suspended");
    let reset = program.send(Method::POST, &format!("{path}/reset-link"), None).await;
    assert_eq!(reset.status, StatusCode::CONFLICT);
    assert_eq!(program.patch(&path, json!({"suspended": false})).await.body["status"], "passwordless");
    let reset = program.send(Method::POST, &format!("{path}/reset-link"), None).await;
    assert!(reset.body["link"].as_str().unwrap().starts_with("http://hmi.test:8080/.millgate/reset/"));
    assert!(reset.body["expires_at"].as_str().unwrap().ends_with('Z'));
    let out = program.send(Method::POST, &format!("{path}/sign-out"), None).await;
    assert_eq!((out.status, out.body), (StatusCode::NO_CONTENT, Value::Null));
    let nobody = format!("{USERS}/0000000000000/sign-out");
    assert_eq!(program.send(Method::POST, &nobody, None).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_wrong_about_a_user_is_said_field_by_field() {
    let program = program().await;
    program.create(hmi()).await;
    fn fields(answer: &Answer) -> Vec<&str> {
        let errors = answer.body["errors"].as_array().unwrap();
        let mut fields: Vec<_> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
        fields.sort_unstable();
        fields
    }
    for (body, expected) in [
        (json!({}), vec!["email"]),
        (json!({"email": "4711"}), vec!["email"]),
        (json!({"email": "a@x", "username": "a"}), vec!["username"]),
        (json!({"username": "anon-1", "invite": "yes", "color": "red"}), vec!["color", "invite", "username"]),
        (json!({"username": "a", "family_name": "a\nb"}), vec!["family_name"]),
    ] {
        let answer = program.post(USERS, body).await;
        assert_eq!((answer.status, fields(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, expected));
    }
    let user = program.post(USERS, json!({"username": "4711"})).await.body;
    program.post(USERS, json!({"username": "4712"})).await;
    let path = program.paths(&user);
    for (body, expected) in [
        (json!({"email": null}), vec!["email"]),
        (json!({"suspended": "no", "status": "active"}), vec!["status", "suspended"]),
        (json!({"email_verified": true}), vec!["email_verified"]),
    ] {
        let answer = program.patch(&path, body).await;
        assert_eq!((answer.status, fields(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, expected));
    }
    assert_eq!(program.patch(&path, json!({"username": "4712"})).await.status, StatusCode::CONFLICT);
    assert_eq!(program.patch(&path, json!({})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn those_who_wait_are_listed_and_approved() {
    let program = program().await;
    let mut app = hmi();
    app["approval"] = json!(true);
    program.create(app).await;
    program.sign_up(1).await;
    program.sign_up(2).await;
    program.post(USERS, json!({"username": "4711"})).await;
    let listed = async |status: &str| {
        let items = program.get(&format!("{USERS}?status={status}&limit=10")).await.body["items"].take();
        items.as_array().unwrap().clone()
    };
    let waiting = listed("waiting").await;
    assert_eq!((waiting.len(), &waiting[0]["status"]), (2, &json!("waiting")));
    let path = program.paths(&waiting[0]);
    let approved = program.send(Method::POST, &format!("{path}/approve"), None).await;
    assert_eq!((approved.status, &approved.body["status"]), (StatusCode::OK, &json!("active")));
    assert_eq!(program.send(Method::DELETE, &program.paths(&waiting[1]), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!((listed("waiting").await.len(), listed("active").await.len()), (0, 1));
    assert_eq!((listed("passwordless").await.len(), listed("suspended").await.len()), (1, 0));
    for query in ["status=odd", "state=waiting"] {
        let answer = program.get(&format!("{USERS}?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
}

#[tokio::test]
async fn a_key_of_one_app_does_not_reach_those_of_other_apps_by_their_users() {
    let mut program = program().await;
    program.create(hmi()).await;
    program.create(json!({"name": "scada", "url": "http://scada.test", "upstream": "http://127.0.0.1:1"})).await;
    let user = program.post(USERS, json!({"username": "4711"})).await.body;
    let path = program.paths(&user);
    program.key = APP;
    assert_eq!(program.patch(&path, json!({"given_name": "Ina"})).await.status, StatusCode::OK);
    program.key = WORKSPACE;
    program.post(&format!("{APPS}/scada/users"), json!({"username": "4711"})).await;
    program.key = APP;
    let reset = program.send(Method::POST, &format!("{path}/reset-link"), None).await;
    assert_eq!((reset.status, &reset.body["type"]), (StatusCode::CONFLICT, &json!("urn:millgate:problem:conflict")));
    assert_eq!(program.patch(&path, json!({"username": "mine"})).await.status, StatusCode::CONFLICT);
    program.key = WORKSPACE;
    assert_eq!(program.patch(&path, json!({"username": "4712"})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn all_apps_of_a_key_are_one_list() {
    let mut program = program().await;
    program.create(hmi()).await;
    for name in ["scada", "andon"] {
        let url = format!("http://{name}.test");
        program.create(json!({"name": name, "url": url, "upstream": "http://127.0.0.1:1"})).await;
    }
    let names = |page: &Value| {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|app| app["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = program.get("/api/v1/apps?limit=2").await.body;
    assert_eq!(names(&first), ["andon", "hmi"]);
    let rest = program.get(&format!("/api/v1/apps?cursor={}", first["next"].as_str().unwrap())).await.body;
    assert_eq!(names(&rest), ["scada"]);
    assert_eq!(names(&program.get("/api/v1/apps?q=SCADA.test").await.body), ["scada"]);
    assert_eq!(rest["items"][0], program.get(&format!("{APPS}/scada")).await.body);
    program.key = APP;
    assert_eq!(names(&program.get("/api/v1/apps").await.body), ["hmi"]);
    program.key = "";
    assert_eq!(program.get("/api/v1/apps").await.status, StatusCode::UNAUTHORIZED);
}
