//! Which accounts are programs'.
//!
//! Their names are written in many ways: `dependabot[bot]`, `app/dependabot`, `Dependabot`, or
//! `49699333+dependabot[bot]@users.noreply.github.com`. A name is taken as the letters and digits
//! of what all of these have in common.

use serde::{Deserialize, Deserializer};

/// What an organization knows better than [`is_bot`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bots {
    /// Accounts that are programs', too.
    #[serde(deserialize_with = "accounts")]
    pub add: Vec<String>,
    /// Accounts that are people's, whatever they are called.
    #[serde(deserialize_with = "accounts")]
    pub remove: Vec<String>,
}

/// A list, or one text with commas, as an environment variable has it.
fn accounts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a list of accounts")]
    enum Accounts {
        List(Vec<String>),
        Text(String),
    }
    let list = match Accounts::deserialize(deserializer)? {
        Accounts::List(list) => list,
        Accounts::Text(text) => text.split(',').map(str::to_owned).collect(),
    };
    let trimmed = list.iter().map(|account| account.trim().to_owned());
    Ok(trimmed.filter(|account| !account.is_empty()).collect())
}

impl Bots {
    /// Whether a login or an address is a program's.
    pub fn has(&self, account: &str) -> bool {
        let of_list = |list: &[String]| {
            let name = plain(account);
            list.iter().any(|listed| plain(listed) == name)
        };
        if !self.remove.is_empty() && of_list(&self.remove) {
            return false;
        }
        is_bot(account) || !self.add.is_empty() && of_list(&self.add)
    }
}

/// Accounts of programs whose names do not say so, as [`plain`] has them.
const KNOWN: [&str; 67] = [
    "allcontributors",
    "azurepipelines",
    "bors",
    "borsservo",
    "circleci",
    "codecov",
    "codecovcommenter",
    "codecovio",
    "coderabbit",
    "coderabbitai",
    "copilot",
    "copilotpullrequestreviewer",
    "copilotsweagent",
    "coveralls",
    "crowdin",
    "cursor",
    "cursoragent",
    "deepsourceautofix",
    "deepsourceio",
    "dependabot",
    "dependabotpreview",
    "depfu",
    "devinaiintegration",
    "ellipsisdev",
    "gemini",
    "geminicodeassist",
    "githubactions",
    "githubcopilot",
    "gitlabci",
    "gitlabdependencybot",
    "gitlabduo",
    "googlelabsjules",
    "greenkeeper",
    "greptileapps",
    "hostedweblate",
    "imgbot",
    "jenkins",
    "jenkinsci",
    "k8scirobot",
    "kodiakhq",
    "mendforgithubcom",
    "mergify",
    "mergifyio",
    "netlify",
    "openaicodex",
    "precommitci",
    "pyup",
    "pyupbot",
    "qodomerge",
    "releaseplease",
    "renovate",
    "renovatebot",
    "restyled",
    "restyledio",
    "rusttimer",
    "scalasteward",
    "semanticrelease",
    "sentryio",
    "snyk",
    "snykbot",
    "sonarcloud",
    "sonarqubecloud",
    "sourceryai",
    "transifexintegration",
    "travisci",
    "vercel",
    "weblate",
];

/// Addresses of programs that only a list can know.
const ADDRESSES: [&str; 7] = [
    "action@github.com",
    "bot@renovateapp.com",
    "cursoragent@cursor.com",
    "hosted@weblate.org",
    "noreply@weblate.org",
    "support@dependabot.com",
    "support@greenkeeper.io",
];

/// Whether a login or an address is a program's: GitHub's `…[bot]` and `app/…`, GitLab's token
/// users, a name that ends in `-bot`, or a well-known one. Of addresses those of no-reply mailboxes
/// alone are taken for logins: others may be anybody's.
pub fn is_bot(account: &str) -> bool {
    let account = account.trim().to_lowercase();
    if ADDRESSES.contains(&account.as_str()) {
        return true;
    }
    let Some(login) = login(&account) else {
        return false;
    };
    let is_token =
        (login.starts_with("project_") || login.starts_with("group_")) && login.contains("_bot");
    let says_so = ["[bot]", "-bot", "_bot", " bot", "-robot"]
        .iter()
        .any(|ending| login.ends_with(ending));
    account.trim_start_matches('@').starts_with("app/")
        || is_token
        || says_so
        || KNOWN.contains(&plain(login).as_str())
}

/// The login of an account in lower case; none of an address that is no no-reply one.
fn login(account: &str) -> Option<&str> {
    let account = account.trim_start_matches('@');
    let account = account.strip_prefix("app/").unwrap_or(account);
    let Some((local, domain)) = account.split_once('@') else {
        return Some(account);
    };
    let is_no_reply = domain.contains("noreply") || domain.contains("no-reply");
    // `49699333+dependabot[bot]`: what is before the sign is the account's number.
    let local = local.split_once('+').map_or(local, |(_, login)| login);
    is_no_reply.then_some(local)
}

/// The letters and digits of an account's name, whichever way it is written.
fn plain(account: &str) -> String {
    let account = account.trim().to_lowercase();
    let login = login(&account).unwrap_or(&account);
    let login = login.strip_suffix("[bot]").unwrap_or(login);
    login
        .chars()
        .filter(|sign| sign.is_alphanumeric())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_are_known_by_their_accounts() {
        for bot in [
            "dependabot[bot]",
            "Renovate[bot]",
            "app/dependabot",
            "app/anything-new",
            "@app/renovate",
            "bors",
            "project_17_bot_ab12",
            "group_3_bot",
            "release-bot",
            "release_bot",
            " github-actions ",
            "Copilot",
            "copilot-swe-agent",
            "scala-steward",
            "Scala_Steward",
            "weblate",
            "cursor",
            "GitLab Duo",
            "gitlab-duo",
            "renovate-bot",
            "RenovateBot",
            "49699333+dependabot[bot]@users.noreply.github.com",
            "198982749+Copilot@users.noreply.github.com",
            "bot@renovateapp.com",
            "project_9_bot_f@noreply.gitlab.com",
        ] {
            assert!(is_bot(bot), "{bot}");
        }
        for person in [
            "",
            "abbot",
            "talbot",
            "project_manager",
            "robotta",
            "eng-0421",
            "bot@example.org",
            "cursor@example.org",
            "ada@example.org",
            "1234+ada@users.noreply.github.com",
            "application",
        ] {
            assert!(!is_bot(person), "{person}");
        }
    }

    #[test]
    fn the_list_is_in_order_and_as_names_are_compared() {
        assert!(KNOWN.is_sorted());
        assert!(KNOWN.iter().all(|name| plain(name) == *name));
    }

    #[test]
    fn an_organization_adds_and_removes_accounts() {
        let bots = Bots {
            add: vec!["our-ci".to_owned()],
            remove: vec!["Cursor".to_owned(), "lin-bot".to_owned()],
        };
        for bot in ["our-ci", "OUR_CI", "app/our-ci", "renovate"] {
            assert!(bots.has(bot), "{bot}");
        }
        for person in ["cursor", "Lin-Bot", "ada"] {
            assert!(!bots.has(person), "{person}");
        }
    }
}
