//! From the first format to the second: an invite was one record under its code's hash, and becomes an invitation that
//! its codes point to.

use minicbor::Decode;
use redb::ReadableTable;

use crate::domain::{AppId, Email, Invitation, InvitationId, InvitationState, InviteId, Record, Revision, Timestamp};
use crate::store::{StoreError, codec, key};

use super::schema::Records;
use super::trouble::damaged;

/// First bytes of the keys of invites, and of what pointed to them by address.
const INVITE: u8 = 10;
const AFTER_INVITE_FOR: u8 = 12;

/// The one kind of record that is rewritten, with the number that it had.
#[derive(Decode)]
enum OldRecord {
    #[n(6)]
    Invite(#[n(0)] OldInvite),
}

#[derive(Decode)]
struct OldInvite {
    #[n(0)]
    id: InviteId,
    #[n(1)]
    app: AppId,
    #[n(2)]
    email: Email,
    #[n(3)]
    given_name: String,
    #[n(4)]
    family_name: String,
    #[n(5)]
    created_at: Timestamp,
    #[n(6)]
    expires_at: Timestamp,
}

pub(super) fn reach(records: &mut Records<'_>) -> Result<(), StoreError> {
    let mut keys = Vec::new();
    let mut invites = Vec::new();
    for entry in records.range(&[INVITE][..]..&[AFTER_INVITE_FOR][..])? {
        let (key, value) = entry?;
        if key.value().first() == Some(&INVITE) {
            let read = codec::decode_as::<OldRecord>(key.value(), value.value());
            let (OldRecord::Invite(invite), revision) =
                read.map_err(|damage| damaged(format!("an invite of the first format: {damage}")))?;
            invites.push((invite, revision));
        }
        keys.push(key.value().to_vec());
    }
    for key in keys {
        records.remove(key.as_slice())?;
    }
    for (invite, revision) in invites {
        write(records, invite, revision)?;
    }
    Ok(())
}

fn write(records: &mut Records<'_>, old: OldInvite, revision: Revision) -> Result<(), StoreError> {
    let invitation = Invitation {
        id: InvitationId::random(),
        app: old.app,
        username: old.email.into(),
        given_name: old.given_name,
        family_name: old.family_name,
        language: None,
        created_at: old.created_at,
        expires_at: old.expires_at,
        state: InvitationState::Pending,
        handed: Some(old.id),
        mailed: None,
        mail: None,
        grants: None,
    };
    let pointers = [
        Record::NamesInvitation(old.app, invitation.username.clone(), invitation.id),
        Record::OpensInvitation(old.id, old.app, invitation.id),
    ];
    for record in pointers.into_iter().chain([Record::Invitation(Box::new(invitation))]) {
        let key = key::encode(&record.key());
        records.insert(key.as_slice(), codec::encode(&key, &record, revision)?.as_slice())?;
    }
    Ok(())
}
