//! How a mail server is spoken to: TLS from the start or switched on, certificates, signing in.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::DateTime;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tribometer::config::{Config, SmtpTls};
use tribometer::mail::{Content, Failure, Mailer, Outgoing};

use crate::smtp_sink::{self, Sink};

/// A file of `tests/data/mail`.
fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/mail")).join(name)
}

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(file("server.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(file("server.key")).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate with its key");
    TlsAcceptor::from(Arc::new(config))
}

/// Speaks TLS in front of a mail server that can't; returns its own port.
async fn protect(sink: &Sink, tls: SmtpTls) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (behind, acceptor) = (sink.port, acceptor());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            // A client that does not trust the certificate hangs up; that ends its connection
            // alone.
            tokio::spawn(async move { forward(client, behind, acceptor, tls).await });
        }
    });
    port
}

async fn forward(
    client: TcpStream,
    behind: u16,
    acceptor: TlsAcceptor,
    tls: SmtpTls,
) -> std::io::Result<()> {
    let mut client = BufReader::new(client);
    if tls == SmtpTls::Starttls {
        for (reply, command) in [
            ("220 front\r\n", "EHLO"),
            ("250-front\r\n250 STARTTLS\r\n", "STARTTLS"),
        ] {
            client.write_all(reply.as_bytes()).await?;
            let mut line = String::new();
            client.read_line(&mut line).await?;
            assert!(line.starts_with(command), "{line}");
        }
        client.write_all(b"220 go ahead\r\n").await?;
    }
    let mut client = acceptor.accept(client.into_inner()).await?;
    let mut server = BufReader::new(TcpStream::connect(("127.0.0.1", behind)).await?);
    if tls == SmtpTls::Starttls {
        // The client has been greeted already.
        server.read_line(&mut String::new()).await?;
    }
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// Settings for a port, by the name that the certificate is for.
fn settings(port: u16, tls: SmtpTls, authority: Option<&str>) -> Config {
    let mut config = Config::default();
    smtp_sink::configure(&mut config, port);
    let smtp = config.mail.smtp.as_mut().expect("a mail server");
    smtp.host = "localhost".to_owned();
    smtp.tls = tls;
    smtp.ca_file = authority.map(file);
    config
}

async fn send(config: &Config) -> Result<(), Failure> {
    let mailer = Mailer::new(config).expect("settings");
    let content = Content {
        subject: "Hello".to_owned(),
        text: "Hello".to_owned(),
        html: "<p>Hello</p>".to_owned(),
    };
    let mail = Outgoing {
        to: "ada@example.org",
        message_id: "<1@example.org>",
        date: DateTime::UNIX_EPOCH,
        stop_link: None,
        content: &content,
    };
    mailer.check().await?;
    mailer.send(&mail).await
}

#[tokio::test]
async fn mail_goes_out_over_tls_from_the_start_and_switched_on() {
    for tls in [SmtpTls::Implicit, SmtpTls::Starttls] {
        let sink = Sink::start(&[]).await;
        let port = protect(&sink, tls).await;
        let sent = send(&settings(port, tls, Some("ca.pem"))).await;
        assert_eq!(sent, Ok(()), "{tls:?}");
        assert_eq!(sink.taken().len(), 1, "{tls:?}");
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_gets_no_mail() {
    for tls in [SmtpTls::Implicit, SmtpTls::Starttls] {
        let sink = Sink::start(&[]).await;
        let port = protect(&sink, tls).await;
        let refused = send(&settings(port, tls, None)).await;
        let Err(Failure::Unreachable(words)) = refused else {
            panic!("{tls:?}: {refused:?}")
        };
        assert!(words.contains("certificate"), "{words}");
        assert_eq!(sink.begun(), 0);
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_sent_in_the_clear() {
    let sink = Sink::start(&[]).await;
    let refused = send(&settings(sink.port, SmtpTls::Starttls, Some("ca.pem"))).await;
    let Err(Failure::Unreachable(words)) = refused else {
        panic!("{refused:?}")
    };
    assert!(words.contains("STARTTLS"), "{words}");
    assert_eq!(sink.begun(), 0);
}

#[tokio::test]
async fn an_account_is_used_where_one_is_set_and_needed() {
    let sink = Sink::start(&[]).await;
    let mut config = settings(sink.port, SmtpTls::None, None);
    let smtp = config.mail.smtp.as_mut().expect("a mail server");
    smtp.user = Some("tribometer".to_owned());
    smtp.password = Some("secret".into());
    assert_eq!(send(&config).await, Ok(()));

    let refusing = Sink::start(&["-f", "AUTH", "-B", "535 5.7.8 wrong password"]).await;
    let smtp = config.mail.smtp.as_mut().expect("a mail server");
    smtp.port = Some(refusing.port);
    let refused = send(&config).await;
    let Err(Failure::Unreachable(words)) = refused else {
        panic!("a wrong password says nothing about the mail: {refused:?}")
    };
    assert!(words.contains("5.7.8 wrong password"), "{words}");

    let without = Sink::start(&["-a"]).await;
    let smtp = config.mail.smtp.as_mut().expect("a mail server");
    smtp.port = Some(without.port);
    assert!(
        send(&config).await.is_err(),
        "a server that knows no accounts"
    );
}

#[test]
fn an_authority_that_can_not_be_read_is_named() {
    let config = settings(25, SmtpTls::Implicit, Some("no-such-file.pem"));
    let error = Mailer::new(&config).err().expect("no such file");
    let error = error.to_string();
    assert!(
        error.contains("`mail.smtp.ca_file`") && error.contains("no-such-file.pem"),
        "{error}"
    );
}
