//! Members, roles, workspaces and keys.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::desk::{
    AdminError, Authority, Expected, KeyChange, MemberChange, NewKey, NewMember, Refusal, RoleChange, SetUp, SignedIn,
    Terms, WorkspaceChange,
};
use crate::domain::{
    AppId, Assignment, Grants, InviteCode, Key, KeyScope, Permission, Permissions, Record, RoleId, TicketCode,
    Timestamp, User, UserId, WorkspaceId,
};

use super::kit::*;

const IP: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const OWNER: &str = "olga@plant.example";
const PAUL: &str = "paul@plant.example";

struct Staff {
    house: House,
    owner: Authority,
}

fn code_of(link: &str) -> &[u8] {
    link.rsplit('/').next().unwrap().as_bytes()
}

async fn staff() -> Staff {
    let house = house_with_console().await;
    let link = house.desk.set_up_link().unwrap();
    let form =
        SetUp { given_name: "Olga".into(), family_name: "O".into(), email: OWNER.into(), password: PASSWORD.into() };
    let code = TicketCode::parse(code_of(&link)).unwrap();
    let signed_in = house.desk.set_up(&code, &browser(1), form).await.unwrap();
    let owner = authority(&house, &signed_in, 1);
    Staff { house, owner }
}

fn authority(house: &House, signed_in: &SignedIn, device: u8) -> Authority {
    house.desk.authority_of_session(&signed_in.token.id(), browser(device).device, IP).unwrap()
}

impl Staff {
    async fn role(&self, name: &str, permissions: &[Permission]) -> RoleId {
        let permissions: Permissions = permissions.iter().copied().collect();
        self.house.desk.create_role(&self.owner, name, permissions).await.unwrap().role.id
    }

    async fn invited(&self, email: &str, grants: Grants) -> InviteCode {
        let new =
            NewMember { email: email.parse().unwrap(), given_name: String::new(), family_name: String::new(), grants };
        let invited = self.house.desk.invite_member(&self.owner, new, Terms::default()).await.unwrap();
        InviteCode::parse(code_of(&invited.link)).unwrap()
    }

    async fn brings(&self, device: u8, email: &str, grants: Grants) -> Authority {
        let code = self.invited(email, grants).await;
        let entered =
            self.house.desk.accept_invite(AppId::CONSOLE, &browser(device), &code, accept_form(PASSWORD)).await;
        authority(&self.house, &entered.unwrap(), device)
    }

    async fn brings_with(&self, device: u8, email: &str, role: RoleId) -> Authority {
        self.brings(device, email, Grants { owner: false, roles: vec![self.here(role)] }).await
    }

    fn here(&self, role: RoleId) -> Assignment {
        Assignment { workspace: self.house.workspace, role }
    }

    fn id(&self, email: &str) -> UserId {
        let all = self.house.desk.members(&self.owner).unwrap();
        all.iter().find(|member| member.email.as_ref().is_some_and(|known| known.as_str() == email)).unwrap().id
    }

    fn may(&self, authority: &Authority, permission: Permission) -> bool {
        authority.may(&self.house.desk.directory().snapshot(), self.house.workspace, permission)
    }

    async fn assign(&self, by: &Authority, email: &str, role: Option<RoleId>) -> Result<(), AdminError> {
        let (id, workspace) = (self.id(email), self.house.workspace);
        self.house.desk.assign_role(by, id, workspace, role, &Expected::Anything).await.map(drop)
    }

    async fn set_owner(&self, by: &Authority, id: UserId, owner: bool) -> Result<(), AdminError> {
        let change = MemberChange { owner: Some(owner) };
        self.house.desk.change_member(by, id, change, &Expected::Anything).await.map(drop)
    }
}

fn owners() -> Grants {
    Grants { owner: true, roles: Vec::new() }
}

#[tokio::test]
async fn an_invited_member_has_what_was_granted_and_loses_all_when_removed() {
    let staff = staff().await;
    let role = staff.role("Watcher", &[Permission::SeeApps]).await;
    let paul = staff.brings_with(2, PAUL, role).await;
    assert!(staff.may(&paul, Permission::SeeApps) && !staff.may(&paul, Permission::EditApps));
    let key = NewKey { name: "mine".into(), scope: KeyScope::Personal, expires_at: None };
    let made = staff.house.desk.create_api_key(&paul, key).await.unwrap();
    let id = staff.id(PAUL);
    staff.house.desk.remove_member(&staff.owner, id, &Expected::Anything).await.unwrap();
    assert!(!staff.may(&paul, Permission::SeeApps));
    for key in [Key::Member(id), Key::User(id), Key::Registration(AppId::CONSOLE, id), Key::ApiKey(made.view.key.id)] {
        assert!(!staff.house.is_there(&key), "{key:?}");
    }
    assert!(staff.house.sign_in(AppId::CONSOLE, &browser(2), PAUL).await.is_err());
    let back = staff.brings(3, PAUL, Grants::default()).await;
    assert!(!staff.may(&back, Permission::SeeApps), "nothing is revived");
}

#[tokio::test]
async fn there_is_always_an_owner() {
    let staff = staff().await;
    let olga = staff.id(OWNER);
    assert_eq!(staff.set_owner(&staff.owner, olga, false).await, Err(AdminError::LastOwner));
    let removed = staff.house.desk.remove_member(&staff.owner, olga, &Expected::Anything).await;
    assert_eq!(removed, Err(AdminError::LastOwner));
    let paul = staff.brings(2, PAUL, owners()).await;
    let id = staff.id(PAUL);
    let (one, two) = tokio::join!(staff.set_owner(&staff.owner, id, false), staff.set_owner(&paul, olga, false));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert_eq!(staff.house.desk.directory().snapshot().staff.owners().count(), 1);
}

#[tokio::test]
async fn who_assigns_roles_gives_no_more_than_they_have_and_nothing_to_themselves() {
    let staff = staff().await;
    let watcher = staff.role("Watcher", &[Permission::SeeApps]).await;
    let deputy = staff.role("Deputy", &[Permission::SeeApps, Permission::ManageMembers]).await;
    let deputy = staff.brings_with(2, "deputy@plant.example", deputy).await;
    staff.brings_with(3, PAUL, watcher).await;
    let strong = staff.brings_with(4, "nora@plant.example", RoleId::FULL_ACCESS).await;
    let refused = |result: Result<(), AdminError>| matches!(result, Err(AdminError::NotAllowed(_)));
    assert!(refused(staff.assign(&deputy, PAUL, Some(RoleId::FULL_ACCESS)).await));
    assert!(refused(staff.assign(&deputy, "nora@plant.example", Some(watcher)).await));
    assert!(refused(staff.assign(&deputy, "deputy@plant.example", Some(watcher)).await));
    staff.assign(&deputy, PAUL, None).await.unwrap();
    assert_eq!(staff.assign(&strong, PAUL, Some(watcher)).await, Err(AdminError::NotFound), "out of their sight");
    assert!(matches!(staff.house.desk.members(&deputy), Ok(seen) if seen.len() == 2));
    let invited = NewMember {
        email: PAUL.parse().unwrap(),
        given_name: String::new(),
        family_name: String::new(),
        grants: owners(),
    };
    let invited = staff.house.desk.invite_member(&strong, invited, Terms::default()).await;
    assert!(matches!(invited, Err(AdminError::NotAllowed(Refusal::OwnersOnly))));
}

#[tokio::test]
async fn a_role_changes_for_everybody_who_has_it_and_is_handed_on_when_deleted() {
    let staff = staff().await;
    let (desk, owner) = (&staff.house.desk, &staff.owner);
    let old = staff.role("Old", &[Permission::SeeApps]).await;
    let new = staff.role("New", &[Permission::SeeUsers]).await;
    let paul = staff.brings_with(2, PAUL, old).await;
    let invite = staff.invited("nora@plant.example", Grants { owner: false, roles: vec![staff.here(old)] }).await;
    let all = RoleChange { permissions: Some(Permissions::all()), name: None };
    let stale = Expected::OneOf(vec![desk.role(owner, old).unwrap().revision]);
    desk.change_role(owner, old, all.clone(), &stale).await.unwrap();
    assert!(staff.may(&paul, Permission::DeleteApps));
    let again = RoleChange { name: Some("Older".into()), permissions: None };
    assert!(matches!(desk.change_role(owner, old, again, &stale).await, Err(AdminError::Stale)));
    let deleted = |id, instead| desk.delete_role(owner, id, instead, &Expected::Anything);
    assert!(matches!(deleted(old, None).await, Err(AdminError::InUse(_))));
    assert!(matches!(deleted(RoleId::FULL_ACCESS, Some(new)).await, Err(AdminError::Fixed(_))));
    deleted(old, Some(new)).await.unwrap();
    assert!(!staff.may(&paul, Permission::DeleteApps) && staff.may(&paul, Permission::SeeUsers));
    let entered = desk.accept_invite(AppId::CONSOLE, &browser(5), &invite, accept_form(PASSWORD)).await.unwrap();
    let nora = authority(&staff.house, &entered, 5);
    assert!(staff.may(&nora, Permission::SeeUsers) && !staff.may(&nora, Permission::DeleteApps));
    let taken = desk.create_role(owner, " nEW ", Permissions::NONE).await;
    assert!(matches!(taken, Err(AdminError::Conflict(_))));
}

#[tokio::test]
async fn the_default_workspace_stays_and_another_goes_with_all_that_was_given_there() {
    let staff = staff().await;
    let (desk, owner) = (&staff.house.desk, &staff.owner);
    let made = desk.create_workspace(owner, "hall".parse().unwrap(), Some("Hall 2".into())).await.unwrap();
    let hall = made.workspace.id;
    let app = desk.create_app(hall, new_app("robot", crate::domain::AccessMode::Public)).await.unwrap();
    let roles = vec![Assignment { workspace: hall, role: RoleId::FULL_ACCESS }];
    let paul = staff.brings(2, PAUL, Grants { owner: false, roles }).await;
    let key = |scope| NewKey { name: "k".into(), scope, expires_at: None };
    let ours = desk.create_api_key(&paul, key(KeyScope::Workspace(hall))).await.unwrap();
    let its = desk.create_api_key(&paul, key(KeyScope::App(app.id))).await.unwrap();
    let renamed = WorkspaceChange { name: Some("hall-2".parse().unwrap()), title: None };
    desk.change_workspace(&paul, hall, renamed.clone(), &Expected::Anything).await.unwrap();
    let fixed = desk.change_workspace(owner, staff.house.workspace, renamed, &Expected::Anything).await;
    assert!(matches!(fixed, Err(AdminError::Fixed(_))));
    let contents = desk.workspace_contents(hall);
    assert_eq!((contents.apps, contents.members, contents.keys), (vec!["robot".to_owned()], 1, 2));
    let delete = |id: WorkspaceId, with_apps| desk.delete_workspace(owner, id, with_apps, &Expected::Anything);
    assert!(matches!(delete(staff.house.workspace, true).await, Err(AdminError::Fixed(_))));
    assert!(matches!(delete(hall, false).await, Err(AdminError::InUse(_))));
    assert!(desk.delete_workspace(&paul, hall, true, &Expected::Anything).await.is_err(), "owners only");
    delete(hall, true).await.unwrap();
    let gone = [Key::Workspace(hall), Key::App(app.id), Key::ApiKey(ours.view.key.id), Key::ApiKey(its.view.key.id)];
    assert!(gone.iter().all(|key| !staff.house.is_there(key)));
    assert!(desk.member(owner, staff.id(PAUL)).unwrap().roles.is_empty());
}

#[tokio::test]
async fn a_key_opens_its_scope_until_its_time_and_tells_when_it_was_used() {
    let staff = staff().await;
    let (desk, owner) = (&staff.house.desk, &staff.owner);
    let end = desk.clock().now().plus(Duration::from_secs(3600));
    let new = NewKey { name: "MES".into(), scope: KeyScope::Account, expires_at: Some(end) };
    let made = desk.create_api_key(owner, new.clone()).await.unwrap();
    let id = made.view.key.id;
    let mut hash = [0; 32];
    hash.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, made.secret.as_bytes()).as_ref());
    let opens = || desk.authority_of_key(&hash, IP).is_some();
    assert!(opens());
    desk.note_key_use(id, IP);
    let off = KeyChange { enabled: Some(false), name: None };
    // Written behind everybody's back.
    let used = || desk.api_key(owner, id).unwrap().key.last_used.map(|last| last.ip);
    while used().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(used(), Some(IP));
    desk.change_api_key(owner, id, KeyChange { enabled: Some(true), name: Some("M".into()) }, &Expected::Anything)
        .await
        .unwrap();
    assert_eq!(desk.api_key(owner, id).unwrap().key.last_used.map(|last| last.ip), Some(IP));
    desk.change_api_key(owner, id, off, &Expected::Anything).await.unwrap();
    assert!(!opens());
    desk.change_api_key(owner, id, KeyChange { enabled: Some(true), name: None }, &Expected::Anything).await.unwrap();
    staff.house.pass_time(Duration::from_secs(3600));
    assert!(!opens());
    let past = NewKey { expires_at: Some(Timestamp::from_millis(1)), ..new };
    assert!(matches!(desk.create_api_key(owner, past).await, Err(AdminError::Invalid(_))));
}

#[tokio::test]
async fn an_invitation_takes_nothing_from_who_is_a_member_by_then() {
    let staff = staff().await;
    let code = staff.invited(PAUL, Grants::default()).await;
    let (house, olga) = (&staff.house, staff.id(OWNER));
    // As when somebody's own address becomes the invited one.
    let Some((Record::User(user), _)) = house.store_get(&Key::User(olga)) else { unreachable!() };
    house.put(Record::NamesUser(user.workspace, PAUL.parse().unwrap(), olga)).await;
    house.put(Record::User(Box::new(User { username: PAUL.parse().unwrap(), ..*user }))).await;
    let entered = house.desk.accept_invite(AppId::CONSOLE, &browser(2), &code, accept_form(PASSWORD)).await;
    assert!(entered.is_ok(), "{entered:?}");
    assert_eq!(house.desk.directory().snapshot().staff.owners().count(), 1);
}
