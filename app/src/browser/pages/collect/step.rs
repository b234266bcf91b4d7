//! The four steps of the wizard, in their order.

/// Where in the wizard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    #[default]
    Instruments,
    Kinds,
    Expiries,
    Download,
}

impl Step {
    pub const ALL: [Self; 4] = [Self::Instruments, Self::Kinds, Self::Expiries, Self::Download];

    /// 1 to 4, as the address says it.
    pub fn number(self) -> usize {
        self as usize + 1
    }

    /// The step of a number; the first one for anything else.
    pub fn of_text(text: &str) -> Self {
        Self::ALL.into_iter().find(|step| step.number().to_string() == text).unwrap_or_default()
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Instruments => "Instruments",
            Self::Kinds => "Contract types",
            Self::Expiries => "Expiries",
            Self::Download => "Download",
        }
    }

    /// What the step asks.
    pub fn question(self) -> &'static str {
        match self {
            Self::Instruments => "Which instruments?",
            Self::Kinds => "Which contracts?",
            Self::Expiries => "Which expiries?",
            Self::Download => "Check and download",
        }
    }

    pub fn next(self) -> Option<Self> {
        Self::ALL.get(self.number()).copied()
    }

    pub fn previous(self) -> Option<Self> {
        self.number().checked_sub(2).and_then(|at| Self::ALL.get(at).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_each_other_and_end() {
        assert_eq!(Step::Instruments.previous(), None);
        assert_eq!(Step::Instruments.next(), Some(Step::Kinds));
        assert_eq!(Step::Download.previous(), Some(Step::Expiries));
        assert_eq!(Step::Download.next(), None);
        for step in Step::ALL {
            assert_eq!(Step::of_text(&step.number().to_string()), step);
        }
        assert_eq!(Step::of_text("5"), Step::Instruments);
        assert!(Step::Instruments < Step::Download);
    }
}
