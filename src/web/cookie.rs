//! Cookies, read and written by hand: there are two, and both are plain.

use axum::http::{HeaderMap, HeaderValue, header};
use chrono::TimeDelta;

/// The value of a cookie.
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// A `Set-Cookie` header that scripts cannot read and other sites' posts do not carry; `None` if the value has no place in one.
pub fn write(name: &str, value: &str, lifetime: TimeDelta, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let cookie = format!(
        "{name}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
        lifetime.num_seconds()
    );
    HeaderValue::from_str(&cookie)
        .ok()
        .filter(|_| !value.contains([';', ',', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("a=1; session=abc; b=2"),
        );
        assert_eq!(read(&headers, "session"), Some("abc"));
        assert_eq!(read(&headers, "c"), None);
    }

    #[test]
    fn a_value_that_would_add_attributes_is_refused() {
        assert!(
            write(
                "session",
                "abc; Domain=example.com",
                TimeDelta::days(1),
                true
            )
            .is_none()
        );
        let cookie = write("session", "abc", TimeDelta::days(1), true).unwrap();
        assert_eq!(
            cookie,
            "session=abc; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure"
        );
    }
}
