//! What a server does not start with, each in one sentence that says what to do.

use std::net::TcpListener;

use crate::certificates::Files;
use crate::house::{House, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_let_in_from_elsewhere_without_a_password_and_a_way_that_is_encrypted() {
    let house = House::new().await;
    for addr in ["0.0.0.0:0", "[::]:0", "192.0.2.1:5000"] {
        let sentence = house.refused(&["serve", "--addr", addr]);
        assert!(sentence.contains("set a password with `expirytrack password --data-dir "), "{sentence}");
        assert!(sentence.contains("--tls-cert and --tls-key, or --behind-proxy"), "{sentence}");
    }
    let sentence = house.refused(&["serve", "--behind-proxy"]);
    assert!(sentence.starts_with("a server behind a proxy can be reached from other machines"), "{sentence}");
    assert!(!house.stage.data.path().join("expirytrack.db").exists(), "nothing was begun");

    house.set_password(PASSWORD);
    let sentence = house.refused(&["serve", "--addr", "0.0.0.0:0"]);
    assert!(!sentence.contains("password") && sentence.contains("--behind-proxy"), "{sentence}");

    // A password of the data directory opens no copy of it to others.
    for words in [&["--addr", "0.0.0.0:0"][..], &["--behind-proxy"]] {
        let sentence = house.refused(&[&["serve", "--read-only"], words].concat());
        assert!(sentence.contains("serves this machine alone"), "{sentence}");
        assert!(!sentence.contains("set a password"), "{sentence}");
    }

    std::fs::write(house.stage.data.path().join("access.json"), "{").unwrap();
    let ran = house.run(&["serve", "--behind-proxy"]);
    assert_eq!((ran.exit, ran.told.lines().count()), (1, 1), "{ran:?}");
    assert!(ran.told.contains("access.json holds no password"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_cannot_be_used_are_refused_by_their_names() {
    let house = House::new().await;
    let directory = tempfile::tempdir().unwrap();
    let (own, other) = (Files::make(directory.path(), "own"), Files::make(directory.path(), "other"));
    let path = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (certificate, key) = (own.certificate.to_str().unwrap(), own.key.to_str().unwrap());
    let nowhere = directory.path().join("nowhere").to_str().unwrap().to_owned();
    let no_directory = directory.path().to_str().unwrap();
    let nonsense = path("nonsense", "this is no PEM");
    let locked =
        path("locked", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n");
    let no_certificate =
        path("no-certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let long = path("long", &"x".repeat(2_000_000));
    let strange_key = path("strange", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n");
    for (certificate, key, sentence) in [
        (nowhere.as_str(), key, "the certificate "),
        ("/dev/zero", key, "it is not a file"),
        (&long, key, "it is too long"),
        (certificate, &long, "it is too long"),
        (certificate, &strange_key, "is of a kind that cannot be used: take RSA"),
        (no_directory, key, "the certificate "),
        (&nonsense, key, "holds no certificate in PEM"),
        (key, key, "holds no certificate in PEM"),
        (certificate, &nowhere, "the key "),
        (certificate, &nonsense, "holds no private key in PEM without a passphrase"),
        (certificate, &locked, "holds no private key in PEM without a passphrase"),
        (certificate, certificate, "holds no private key in PEM without a passphrase"),
        (certificate, other.key.to_str().unwrap(), "does not belong to the certificate"),
        (&no_certificate, key, "cannot be used for TLS"),
    ] {
        let told =
            house.refused(&["serve", "--addr", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key]);
        assert!(told.contains(sentence), "{sentence}: {told}");
        assert_eq!(std::fs::read_dir(house.stage.data.path()).unwrap().count(), 0, "{sentence}");
    }
    let alone = house.run(&["serve", "--tls-cert", certificate]);
    assert!(alone.exit == 2 && alone.told.contains("--tls-key"), "{alone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_use_and_a_name_that_is_none_are_said() {
    let house = House::new().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let ran = house.run(&["serve", "--addr", &addr]);
    assert_eq!((ran.exit, ran.told.lines().count()), (1, 1), "{ran:?}");
    assert!(ran.told.contains("is another program using the port?"), "{ran:?}");
    assert_eq!(std::fs::read_dir(house.stage.data.path()).unwrap().count(), 0, "nothing was begun");
    for name in ["https://et.example.com", "a/b", ""] {
        let ran = house.run(&["serve", "--allowed-host", name]);
        assert!(ran.exit == 2 && ran.told.contains("as it stands in the address bar"), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_and_names_that_are_none_are_refused() {
    let house = House::new().await;
    for (password, sentence) in [
        ("", "has at least 10 characters, and this one has 0"),
        ("too short\n", "has at least 10 characters, and this one has 9"),
        (&"x".repeat(300), "has at most 256 characters"),
        ("            \n", "blanks alone"),
    ] {
        let ran = house.run_with(password, &["password", "--stdin"]);
        assert_eq!((ran.exit, ran.told.lines().count()), (2, 1), "{ran:?}");
        assert!(ran.told.contains(sentence), "{ran:?}");
    }
    assert!(house.refused(&["password"]).contains("--stdin"), "there is no terminal");
    assert!(!house.stage.data.path().join("access.json").exists());
    let name = house.run(&["token", "add", "two words"]);
    assert!(name.exit == 2 && name.told.contains("a token's name has 1 to 40 letters"), "{name:?}");
    assert!(house.refused(&["token", "revoke", "nobody"]).contains("there is no token \"nobody\""));
    assert_eq!(house.run(&["token", "add", "notebook"]).exit, 0);
    assert!(house.refused(&["token", "add", "notebook"]).contains("there is a token \"notebook\" already"));
}
