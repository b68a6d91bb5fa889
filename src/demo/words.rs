//! The words of the generated organization: names of teams, places, roles, and what people write in
//! comments.

/// Departments and the teams that each of them may have.
pub const DEPARTMENTS: [(&str, [&str; 9]); 12] = [
    (
        "Payments",
        [
            "Ledger",
            "Card Processing",
            "Payouts",
            "Fraud Detection",
            "Reconciliation",
            "Bank Transfers",
            "Refunds",
            "Currency",
            "Merchant Onboarding",
        ],
    ),
    (
        "Search",
        [
            "Ranking",
            "Indexing",
            "Query Understanding",
            "Suggestions",
            "Relevance Testing",
            "Vertical Search",
            "Crawling",
            "Facets",
            "Search Quality",
        ],
    ),
    (
        "Mobile",
        [
            "iOS App",
            "Android App",
            "App Foundations",
            "Push Notifications",
            "Offline Sync",
            "Mobile Releases",
            "Design System",
            "Widgets",
            "App Performance",
        ],
    ),
    (
        "Checkout",
        [
            "Cart",
            "Order Placement",
            "Promotions",
            "Tax",
            "Address",
            "Express Checkout",
            "Order History",
            "Gift Cards",
            "Experiments",
        ],
    ),
    (
        "Catalog",
        [
            "Product Data",
            "Imports",
            "Images",
            "Pricing",
            "Availability",
            "Attributes",
            "Translations",
            "Reviews",
            "Recommendations",
        ],
    ),
    (
        "Identity",
        [
            "Sign-in",
            "Accounts",
            "Permissions",
            "Consent",
            "Sessions",
            "Organizations",
            "Profile",
            "Directory Sync",
            "Passkeys",
        ],
    ),
    (
        "Messaging",
        [
            "Inbox",
            "Email Delivery",
            "Templates",
            "Chat",
            "Preferences",
            "Campaigns",
            "Deliverability",
            "Webhooks",
            "Voice",
        ],
    ),
    (
        "Logistics",
        [
            "Routing",
            "Warehouse",
            "Tracking",
            "Carriers",
            "Returns",
            "Labels",
            "Forecasting",
            "Last Mile",
            "Customs",
        ],
    ),
    (
        "Billing",
        [
            "Invoices",
            "Subscriptions",
            "Metering",
            "Dunning",
            "Quotes",
            "Revenue",
            "Contracts",
            "Price Books",
            "Credit",
        ],
    ),
    (
        "Analytics",
        [
            "Event Pipeline",
            "Dashboards",
            "Metrics Layer",
            "Experiment Analysis",
            "Attribution",
            "Warehouse Models",
            "Data Quality",
            "Self-service",
            "Exports",
        ],
    ),
    (
        "Marketplace",
        [
            "Seller Tools",
            "Listings",
            "Disputes",
            "Seller Payments",
            "Quality Checks",
            "Partner API",
            "Storefronts",
            "Seller Growth",
            "Policies",
        ],
    ),
    (
        "Customer Care",
        [
            "Agent Desktop",
            "Help Center",
            "Case Routing",
            "Automation",
            "Callbacks",
            "Knowledge",
            "Quality Review",
            "Surveys",
            "Self-help",
        ],
    ),
];

/// The teams of the platform group.
pub const PLATFORM_TEAMS: [&str; 14] = [
    "Developer Experience",
    "Build and Test",
    "Delivery",
    "Cloud Runtime",
    "Observability",
    "Reliability",
    "Service Framework",
    "Developer Support",
    "Storage",
    "Network",
    "Security Engineering",
    "Internal Tools",
    "Data Platform",
    "Machine Learning Platform",
];

/// Teams that any department may have, once its own names are used up.
pub const COMMON_TEAMS: [&str; 7] = [
    "Core",
    "Web",
    "Integrations",
    "Operations",
    "Reporting",
    "Quality",
    "Foundations",
];

/// What the divisions of a large organization do …
pub const DIVISIONS: [&str; 12] = [
    "Consumer",
    "Business",
    "Commerce",
    "Media",
    "Travel",
    "Health",
    "Mobility",
    "Energy",
    "Learning",
    "Public Sector",
    "Finance",
    "Home",
];
/// … and where.
pub const REGIONS: [&str; 10] = [
    "Europe",
    "North America",
    "South America",
    "Asia",
    "Pacific",
    "Africa",
    "Nordics",
    "Iberia",
    "Global",
    "Middle East",
];

/// Where people work, with the IANA zone and a relative weight.
pub const PLACES: [(&str, &str, u32); 7] = [
    ("Berlin", "Europe/Berlin", 30),
    ("Lisbon", "Europe/Lisbon", 16),
    ("Toronto", "America/Toronto", 16),
    ("Austin", "America/Chicago", 14),
    ("Bengaluru", "Asia/Kolkata", 14),
    ("Tokyo", "Asia/Tokyo", 6),
    ("Sao Paulo", "America/Sao_Paulo", 4),
];

/// What people do, with a relative weight; a team's first member is its manager.
pub const ROLES: [(&str, u32); 6] = [
    ("Backend", 40),
    ("Frontend", 20),
    ("Mobile", 10),
    ("Data", 12),
    ("Infrastructure", 12),
    ("Quality", 6),
];
/// The role of a team's first member.
pub const MANAGER: &str = "Manager";

/// Levels with a relative weight.
pub const LEVELS: [(&str, u32); 4] = [("Junior", 18), ("Mid", 38), ("Senior", 34), ("Staff", 10)];

/// Tenure bands with a relative weight.
pub const TENURES: [(&str, u32); 4] = [
    ("under 1 year", 18),
    ("1 to 2 years", 30),
    ("3 to 5 years", 32),
    ("over 5 years", 20),
];

/// The pillars: the organization's mean rating, and the share of people to whom the item does not
/// apply.
pub const PILLARS: [(&str, f64, f64); 25] = [
    ("local-environment", 3.55, 0.02),
    ("test-feedback", 2.80, 0.03),
    ("code-review", 2.75, 0.03),
    ("releasing", 3.55, 0.06),
    ("production-insight", 3.80, 0.08),
    ("incident-response", 3.95, 0.14),
    ("user-feedback", 3.70, 0.10),
    ("codebase-health", 3.40, 0.02),
    ("architecture", 3.60, 0.03),
    ("documentation", 2.90, 0.01),
    ("internal-tooling", 3.50, 0.02),
    ("getting-help", 3.75, 0.01),
    ("onboarding", 3.85, 0.09),
    ("clear-requirements", 3.60, 0.02),
    ("ai-assistance", 3.90, 0.06),
    ("deep-work", 3.30, 0.01),
    ("small-batches", 3.85, 0.03),
    ("on-call-load", 3.80, 0.24),
    ("realistic-deadlines", 3.70, 0.02),
    ("autonomy", 4.25, 0.00),
    ("cross-team-dependencies", 3.35, 0.03),
    ("psychological-safety", 4.35, 0.00),
    ("team-support", 4.35, 0.00),
    ("learning", 4.00, 0.01),
    ("recognition", 3.95, 0.01),
];

/// What people write about a pillar; an empty pillar stands for the open comment.
pub const COMMENTS: [(&str, &str); 54] = [
    (
        "test-feedback",
        "The full test run takes longer than my lunch break, so I start it and lose the thread.",
    ),
    (
        "test-feedback",
        "Half of the red builds turn green when I run them again.",
    ),
    (
        "test-feedback",
        "I would rather have a short list of tests for my change than the whole suite every time.",
    ),
    (
        "test-feedback",
        "Flaky browser tests block merges almost every day.",
    ),
    (
        "code-review",
        "Reviews wait until the next morning because most reviewers are in another time zone.",
    ),
    (
        "code-review",
        "Nobody knows who should review changes to the shared library.",
    ),
    (
        "code-review",
        "The review rotation helped a lot, first comments come the same day now.",
    ),
    (
        "code-review",
        "Large changes sit for days, and everybody hopes that somebody else will take them.",
    ),
    (
        "documentation",
        "I find three pages about the same service and none of them is current.",
    ),
    (
        "documentation",
        "The answer is usually in an old chat thread.",
    ),
    (
        "documentation",
        "Setup guides are good, but nothing explains why things are built the way they are.",
    ),
    (
        "local-environment",
        "Starting the services on my laptop takes most of the first hour.",
    ),
    (
        "local-environment",
        "Every second update breaks the local database.",
    ),
    (
        "local-environment",
        "Remote environments are fine until the connection is slow.",
    ),
    (
        "releasing",
        "Releases need three approvals even for a one-line fix.",
    ),
    (
        "releasing",
        "The release train leaves on Tuesdays, so a small change can wait a week.",
    ),
    ("releasing", "Rolling back is quick and I trust it."),
    (
        "production-insight",
        "Dashboards exist, but each team has built its own.",
    ),
    ("production-insight", "I cannot see traces across services."),
    ("incident-response", "The runbooks are out of date."),
    (
        "user-feedback",
        "I rarely hear whether people use what I built.",
    ),
    (
        "codebase-health",
        "Old modules without tests slow down every change around them.",
    ),
    (
        "codebase-health",
        "We agreed to pay down debt, but each sprint fills up before we start.",
    ),
    (
        "architecture",
        "One feature touches five repositories with five different owners.",
    ),
    (
        "architecture",
        "Boundaries between services are unclear, so every change becomes a negotiation.",
    ),
    (
        "internal-tooling",
        "The internal portal is slow, and I keep a list of bookmarks instead.",
    ),
    (
        "internal-tooling",
        "Command line tools ask for a new sign-in every hour.",
    ),
    ("getting-help", "I never know in which channel to ask."),
    (
        "getting-help",
        "Support answers fast for simple questions, and slowly for the hard ones.",
    ),
    (
        "onboarding",
        "It took three weeks before I could deploy something.",
    ),
    ("clear-requirements", "Scope changes after we have started."),
    (
        "clear-requirements",
        "Acceptance criteria appear during the review.",
    ),
    (
        "ai-assistance",
        "The assistant is useful for tests, less so in our older code.",
    ),
    (
        "deep-work",
        "Meetings are spread over the day, so there is no block of two hours.",
    ),
    (
        "deep-work",
        "Meeting-free Wednesdays work well; please keep them.",
    ),
    (
        "small-batches",
        "Feature branches live too long because flags are hard to set up.",
    ),
    ("on-call-load", "Most pages at night need no action."),
    (
        "on-call-load",
        "Two people carry the rotation since the reorganization.",
    ),
    (
        "realistic-deadlines",
        "Dates are promised before anybody has looked at the work.",
    ),
    (
        "autonomy",
        "Decisions about our own service need sign-off two levels up.",
    ),
    (
        "cross-team-dependencies",
        "We wait for another team's interface change in almost every project.",
    ),
    (
        "cross-team-dependencies",
        "Contributing to another team's code is possible, but nobody merges it.",
    ),
    (
        "psychological-safety",
        "Raising a risk is welcome in my team.",
    ),
    ("team-support", "My team helps at any time."),
    (
        "learning",
        "There is a budget for courses, but no time to use it.",
    ),
    (
        "recognition",
        "Work on tools and fixes is not seen as much as features.",
    ),
    (
        "",
        "Thank you for asking. Please tell us what changes because of the answers.",
    ),
    (
        "",
        "Fewer tools that each do one thing well would help most.",
    ),
    ("", "Builds first, please."),
    ("", "Good quarter overall."),
    (
        "",
        "I would like to hear what came of last quarter's answers.",
    ),
    ("", "The biggest help this year was the new laptop."),
    ("", "Please keep the survey this short."),
    ("", "Ownership of shared code needs to be written down."),
];
