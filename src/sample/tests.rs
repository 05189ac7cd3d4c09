use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::*;

/// Sends a request's head and reads until `enough`, or to the end.
async fn ask(head: &str, enough: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(serve(listener, "Line <4>", async { stopped.await.unwrap_or_default() }));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).contains(enough) {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "{}", String::from_utf8_lossy(&answer));
    }
    stop.send(()).unwrap();
    stream.read_to_end(&mut answer).await.unwrap();
    served.await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn the_page_shows_what_the_gate_told() {
    let head = "GET / HTTP/1.1\r\nHost: a\r\n$USER: ada@plant.example\r\nX-User-Info: {\"kind\":\"user\"}\r\n\
                Remote-User: <ada>\r\nAccept: text/html\r\nConnection: close\r\n\r\n";
    let page = ask(head, "</html>").await;
    for part in
        ["<h1>ada@plant.example</h1>", "Line &#60;4&#62;", "&#34;kind&#34;: &#34;user&#34;", "<dt>Remote-User</dt>"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains("<dd>&#60;ada&#62;</dd>") && !page.contains("<dt>Accept</dt>"));
}

#[tokio::test]
async fn events_tick_until_the_end() {
    let head = "GET /ticks/events HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    assert!(ask(head, "data: 1").await.contains("content-type: text/event-stream"));
}

#[tokio::test]
async fn the_socket_ticks_until_the_end() {
    let head = "GET /ticks/socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    // A text frame of one byte, and a close frame at the end.
    let answer = ask(head, "\u{1}1").await;
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
}

#[tokio::test]
#[ignore = "for people who want to look at the page; ends with Ctrl-C"]
async fn stays_open() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    serve(listener, "Sample", std::future::pending()).await.unwrap();
}
