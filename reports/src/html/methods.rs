//! How the numbers come about, a paragraph each with its source, and the words that the report
//! uses.

use tribometer_statistics::thresholds::{COEFFICIENT_TEAMS, VERDICT_TEAMS};

/// A method: what a link leads to, its name, what is done, and where it comes from.
pub struct Method {
    pub id: &'static str,
    pub name: &'static str,
    /// Thresholds stand in it by name.
    text: &'static str,
    pub source: &'static str,
}

impl Method {
    /// What is done, with the thresholds that decide it.
    pub fn text(&self) -> String {
        let thresholds = [
            ("{coefficient_teams}", COEFFICIENT_TEAMS),
            ("{verdict_teams}", VERDICT_TEAMS),
        ];
        let fill =
            |text: String, (name, value): (&str, usize)| text.replace(name, &value.to_string());
        thresholds.into_iter().fold(self.text.to_owned(), fill)
    }
}

/// A word and what it means here.
pub struct Word {
    pub word: &'static str,
    pub meaning: &'static str,
}

pub const METHODS: &[Method] = &[
    Method {
        id: "friction",
        name: "Friction and rank",
        text: "An engineer is in pain about an area who picked it among the up to three that most \
               need work and rated it 3 or lower. Friction is 100 times the share of respondents \
               in pain, so 30 means that thirty of a hundred are held up there and would fix it \
               first. No weights are hidden in it. Where a survey has no picks, a rating of 1 or 2 \
               counts.",
        source: "Own definition.",
    },
    Method {
        id: "ranks",
        name: "The ranks that the data allow",
        text: "The best possible rank is one plus the number of areas that surely have more \
               friction; the worst is the number of areas less those that surely have less. The \
               ranges are made to hold all at once with 95% confidence. Areas whose ranges overlap \
               are tied.",
        source: "Mogstad, Romano, Shaikh and Wilhelm (2024), Review of Economic Studies 91.",
    },
    Method {
        id: "intervals",
        name: "Intervals of friction and hours",
        text: "People of one team answer alike, so teams are the unit of chance: whole teams are \
               drawn anew 2,000 to 20,000 times, the more the fewer they are, and the interval is \
               the middle 95% of what comes out, or more for fewer than 30 teams. Counting people \
               as independent would make it look far too certain. The same draws give the chance \
               of being among the worst three.",
        source: "Cluster bootstrap: Davison and Hinkley (1997), Bootstrap Methods and their \
                 Application, chapter 3.",
    },
    Method {
        id: "joined",
        name: "Friction joined with telemetry",
        text: "Each team’s share in pain is set beside its metrics. Where a metric predicts pain, \
               a team with few or no answers is counted mostly by its metric, and every team \
               counts with everybody who was asked: so the figure is corrected for who did not \
               answer. Where no metric does, teams are drawn toward the mean. It takes \
               {verdict_teams} teams with both.",
        source: "Fay and Herriot (1979), JASA 74; Rao and Molina (2015), Small Area Estimation.",
    },
    Method {
        id: "shrinkage",
        name: "Means after shrinkage",
        text: "A mean of five answers is mostly chance. It is drawn toward its department’s, the \
               more the fewer answers it has and the less teams differ. On average over teams the \
               interval holds the true mean in 95 of 100, however teams differ. What a team is \
               drawn toward is made of shown groups alone.",
        source: "Variances by REML; intervals by Armstrong, Kolesár and Plagborg-Møller (2022), \
                 Econometrica 90.",
    },
    Method {
        id: "reliability",
        name: "How far scores can be trusted",
        text: "How much of the differences between answers lies between teams (ICC 1) tells how \
               much of the differences between scores of n answers is real. Small teams are mostly \
               noise in many areas; their means after shrinkage are the better guess. For the \
               outcomes, asked several times over, α and ω tell how far they measure one thing. \
               Hidden teams do not enter.",
        source: "Shrout and Fleiss (1979), Psychological Bulletin 86; Cronbach (1951); Feldt, \
                 Woodruff and Salih (1987); McDonald (1999).",
    },
    Method {
        id: "nonresponse",
        name: "Who did not answer",
        text: "Answers are weighted until levels of the tree, and role, tenure and location where \
               groups are cut by them, have the shares that they have among all who were asked; \
               weights stay within 0.3 and 3 times the mean. Numbers in this report are without \
               weights; where weighting moves one, those who answered differ from those who did \
               not in a way that matters. Hidden teams share a category, and weighted shares are \
               whole percents. What weights cannot see is put the other way round: how different \
               the others would have to be.",
        source: "Raking: Deming and Stephan (1940), Annals of Mathematical Statistics 11; \
                 effective number: Kish (1965).",
    },
    Method {
        id: "favorable",
        name: "Favorable share",
        text: "The share of ratings that are 4 or 5; “does not apply” and no answer are left out. \
               A group’s own interval counts everybody who was asked: it narrows as more of them \
               answer. The DevEx index is the mean of the shares over all areas.",
        source: "Wilson (1927), JASA 22; with a roster, inversion of the hypergeometric \
                 distribution.",
    },
    Method {
        id: "change",
        name: "Change between waves",
        text: "People who answered both waves are compared with themselves, the others as separate \
               groups; where nobody can be linked, all are. A change is beyond noise if its \
               interval excludes zero and, among all changes of the table called so, at most one \
               in twenty is expected to be chance; with {coefficient_teams} teams or more also \
               when whole teams are the units of chance.",
        source: "Newcombe (1998), Statistics in Medicine 17; Derrick, Toher and White (2017), TQMP \
                 13; Benjamini and Hochberg (1995), JRSS B 57.",
    },
    Method {
        id: "hours",
        name: "Hours lost",
        text: "Asked only for picked areas and capped at 40 hours a week for each engineer; an \
               area that was not picked counts as zero. So the sum is a lower bound. Times \
               everybody who was asked, it is the organization’s hours a week.",
        source: "Own definition.",
    },
    Method {
        id: "impact",
        name: "Impact",
        text: "How much of the differences in an outcome between colleagues of one team goes with \
               the differences in each area: what the area adds to the explained variance, \
               averaged over all orders in which the areas could be taken in. The shares add up to \
               everything explained. Intervals come from drawing whole teams 2,000 times, by a \
               faster way of sharing out that is scaled to the exact one. It takes 50 people in \
               {coefficient_teams} teams. Associated does not mean caused.",
        source: "LMG: Lindeman, Merenda and Gold (1980); Grömping (2007), The American \
                 Statistician 61. In the draws: Johnson (2000), Multivariate Behavioral Research \
                 35.",
    },
    Method {
        id: "evidence",
        name: "Metrics beside answers",
        text: "Across teams, a metric’s median is set beside the mean rating of the area that it \
               speaks to. A coefficient is shown from {coefficient_teams} teams, a verdict needs \
               {verdict_teams}. Confirmed: teams with worse metrics rate lower. Disagrees: the \
               metric improves or meets its declared target while people suffer, or the reverse; \
               then the metric may be the wrong one. Where answers can be linked to pull requests, \
               a coefficient within teams stands beside it, of at least 50 people and rounded: \
               what holds across teams overstates what holds within them.",
        source: "Spearman’s ρ with a permutation test; Benjamini and Hochberg (1995), JRSS B 57; \
                 ranks less the team’s mean: Conover and Iman (1981), The American Statistician \
                 35.",
    },
    Method {
        id: "pull-requests",
        name: "Pull request times",
        text: "Cycle time runs from the first commit (or the opening, if earlier) to the merge. A \
               pull request counts for the month of its merge and for its author’s team. Bots are \
               left out, and a phase whose stamps contradict each other is left out, not set to \
               zero. Medians with open ones count those for as long as they were seen.",
        source: "Quantiles of type 7: Hyndman and Fan (1996), The American Statistician 50; Kaplan \
                 and Meier (1958), JASA 53.",
    },
    Method {
        id: "actions",
        name: "Whether an action helped",
        text: "Teams that an action reached are compared with those it did not: the change of the \
               first less the change of the others, so that what moved everybody is no credit to \
               the action. Teams are the unit of chance; with fewer than 30 the test is a wild \
               bootstrap, with fewer than 4 on a side there is none. Teams that get an action are \
               rarely a random choice: the difference between the two waves before shows whether \
               both sides were on different ways already.",
        source: "Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90; Webb \
                 (2023), Canadian Journal of Economics 56.",
    },
    Method {
        id: "comments",
        name: "Comments",
        text: "Shown under the smallest group that at least ten answers stand behind, in shuffled \
               order. Names and logins of the directory, addresses, links and ticket numbers are \
               taken out. Themes come from a list of known ones; the other comments of an area are \
               grouped by the words that they have in common, and a group is named by the words \
               that set it apart.",
        source: "Non-negative matrix factorization: Lee and Seung (2001), NIPS 13. Names: \
                 class-based TF-IDF, Grootendorst (2022), BERTopic.",
    },
    Method {
        id: "privacy",
        name: "What is hidden",
        text: "Groups below the minimum number of answers are hidden, and with them every group \
               whose numbers would let one be worked out by subtraction. What is hidden here is \
               hidden in every file of this wave.",
        source: "Cell suppression: Langsrud (2024), Privacy in Statistical Databases.",
    },
];

pub const WORDS: &[Word] = &[
    Word {
        word: "Favorable",
        meaning: "Rated 4 or 5 of 5.",
    },
    Word {
        word: "Friction",
        meaning: "Of 100 engineers, how many are held up by an area and would fix it first.",
    },
    Word {
        word: "Voted",
        meaning: "The share of respondents who picked the area as one of up to three that most \
                  need work.",
    },
    Word {
        word: "Impact",
        meaning: "Of all that the areas explain of the first outcome, the area’s share.",
    },
    Word {
        word: "95% interval",
        meaning: "If the survey were repeated many times, intervals made this way would hold the \
                  true value in 95 of 100.",
    },
    Word {
        word: "n",
        meaning: "How many answers or pull requests a number comes from.",
    },
    Word {
        word: "Beyond noise",
        meaning: "Chance alone is an unlikely explanation: q is at most 0.05, and the interval \
                  leaves out zero.",
    },
    Word {
        word: "Median",
        meaning: "Half take less, half take more.",
    },
];
