//! Listening sockets from one process to another, beside bytes (`SCM_RIGHTS`, unix(7)).

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use tokio::io::{AsyncWriteExt, Interest};

/// The kernel takes 253 at once (`SCM_MAX_FD`).
pub(super) const MOST: usize = 250;

/// All of the sockets go with the first byte.
pub(super) async fn send(stream: &mut tokio::net::UnixStream, bytes: &[u8], sockets: &[TcpListener]) -> io::Result<()> {
    let sent = if sockets.is_empty() { 0 } else { send_first(stream, bytes, sockets).await? };
    stream.write_all(bytes.get(sent..).unwrap_or_default()).await
}

async fn send_first(stream: &tokio::net::UnixStream, bytes: &[u8], sockets: &[TcpListener]) -> io::Result<usize> {
    let handles: Vec<BorrowedFd<'_>> = sockets.iter().map(AsFd::as_fd).collect();
    stream
        .async_io(Interest::WRITABLE, || {
            let mut space = vec![MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
            let mut beside = SendAncillaryBuffer::new(&mut space);
            if !beside.push(SendAncillaryMessage::ScmRights(&handles)) {
                return Err(io::Error::other("too many sockets for one message"));
            }
            Ok(sendmsg(stream, &[IoSlice::new(bytes)], &mut beside, SendFlags::NOSIGNAL)?)
        })
        .await
}

/// The first bytes, and the sockets that came with them.
pub(super) fn receive(stream: &UnixStream) -> io::Result<(Vec<u8>, Vec<TcpListener>)> {
    let mut bytes = vec![0; 4096];
    let mut space = vec![MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let got = recvmsg(stream, &mut [IoSliceMut::new(&mut bytes)], &mut beside, RecvFlags::CMSG_CLOEXEC)?;
    bytes.truncate(got.bytes);
    let sockets = beside.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(handles) => Some(handles.map(TcpListener::from)),
        _ => None,
    });
    Ok((bytes, sockets.flatten().collect()))
}
