//! What surrounds every page of a lead: the top bar with the places this account may go to.

use crate::service::sign_in::{Account, Role};

/// The shell of one page.
pub struct Shell {
    /// Who looks; `None` on the pages for signing in.
    pub viewer: Option<Account>,
    /// The address of the menu's entry that this page belongs to.
    pub place: &'static str,
}

/// One entry of the menu.
pub struct Entry {
    pub target: &'static str,
    pub label: &'static str,
    pub current: bool,
}

impl Shell {
    /// The shell for a signed-in account.
    pub fn of(viewer: Account, place: &'static str) -> Self {
        Shell {
            viewer: Some(viewer),
            place,
        }
    }

    /// The shell for somebody who is not signed in.
    pub fn outside() -> Self {
        Shell {
            viewer: None,
            place: "",
        }
    }

    /// Whether the viewer is an administrator.
    pub fn is_admin(&self) -> bool {
        self.viewer
            .as_ref()
            .is_some_and(|viewer| viewer.role == Role::Admin)
    }

    /// The menu.
    pub fn menu(&self) -> Vec<Entry> {
        let mut places = vec![("/", "Report"), ("/waves", "Waves")];
        if self.is_admin() {
            places.extend([("/programs", "Programs"), ("/accounts", "Accounts")]);
        }
        let entry = |(target, label)| Entry {
            target,
            label,
            current: target == self.place,
        };
        places.into_iter().map(entry).collect()
    }
}
