//! The shape of the command tree: verb → integration → access type → arguments and flags. Parsing, help texts and
//! listings all read it, and nothing about a command is written down anywhere else.

pub(crate) mod suggest;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod values;
pub(crate) mod verb;

/// An integration: what can be asked of it, and which lists of resources it has.
#[derive(Debug, Clone)]
pub(crate) struct Integration {
    /// The word in a command, such as `gcloud`.
    pub(crate) name: String,
    /// Other words for it.
    pub(crate) aliases: Vec<String>,
    /// For people, such as `Google Cloud`.
    pub(crate) label: String,
    /// What can be asked for, by name.
    pub(crate) access_types: Vec<AccessType>,
    /// Its lists of resources.
    pub(crate) kinds: Vec<Kind>,
}

impl Integration {
    pub(crate) fn new(name: &str, label: &str) -> Self {
        Self {
            name: name.into(),
            aliases: Vec::new(),
            label: label.into(),
            access_types: Vec::new(),
            kinds: Vec::new(),
        }
    }

    pub(crate) fn alias(mut self, alias: &str) -> Self {
        self.aliases.push(alias.into());
        self
    }

    pub(crate) fn kind(mut self, kind: Kind) -> Self {
        self.kinds.push(kind);
        self
    }

    pub(crate) fn offers(mut self, access_type: AccessType) -> Self {
        self.access_types.push(access_type);
        self
    }

    /// The list of resources of this name.
    pub(crate) fn kind_named(&self, name: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.name == name)
    }
}

/// One way of access, such as `role`.
#[derive(Debug, Clone)]
pub(crate) struct AccessType {
    /// The word in a command.
    pub(crate) name: String,
    /// For people.
    pub(crate) label: String,
    /// The words that follow it. Only the last may be variadic.
    pub(crate) arguments: Vec<Argument>,
    /// Its own flags, beside the verb's.
    pub(crate) flags: Vec<Flag>,
}

impl AccessType {
    pub(crate) fn new(name: &str, label: &str) -> Self {
        Self { name: name.into(), label: label.into(), arguments: Vec::new(), flags: Vec::new() }
    }

    pub(crate) fn argument(mut self, argument: Argument) -> Self {
        self.arguments.push(argument);
        self
    }

    pub(crate) fn flag(mut self, flag: Flag) -> Self {
        self.flags.push(flag);
        self
    }

    /// The list of resources that an argument, or a flag, takes its value from.
    pub(crate) fn kind_of(&self, name: &str) -> Option<&str> {
        let argument = self.arguments.iter().find(|a| a.name == name).and_then(|a| a.kind.as_deref());
        argument.or_else(|| self.flags.iter().find(|f| f.name == name).and_then(Flag::kind))
    }

    /// What can be listed: the arguments, then the flags, that take their values from a list of resources. Each with
    /// its label.
    pub(crate) fn listable(&self) -> impl Iterator<Item = (&str, &str)> {
        let arguments = self.arguments.iter().filter(|a| a.kind.is_some()).map(|a| (&*a.name, &*a.label));
        arguments.chain(self.flags.iter().filter(|f| f.kind().is_some()).map(|f| (&*f.name, &*f.label)))
    }
}

/// A word that an access type needs.
#[derive(Debug, Clone)]
pub(crate) struct Argument {
    /// What help calls it.
    pub(crate) name: String,
    /// For people.
    pub(crate) label: String,
    /// One or more.
    pub(crate) variadic: bool,
    /// The list of resources that it names one of. `None`: any text.
    pub(crate) kind: Option<String>,
}

impl Argument {
    /// Names one resource of a kind.
    pub(crate) fn one(name: &str, label: &str, kind: &str) -> Self {
        Self { name: name.into(), label: label.into(), variadic: false, kind: Some(kind.into()) }
    }

    /// Names one or more resources of a kind.
    pub(crate) fn many(name: &str, label: &str, kind: &str) -> Self {
        Self { variadic: true, ..Self::one(name, label, kind) }
    }

    /// Any text.
    pub(crate) fn text(name: &str, label: &str) -> Self {
        Self { name: name.into(), label: label.into(), variadic: false, kind: None }
    }

    /// As a command line shows it: `<role>`, `<names..>`.
    pub(crate) fn usage(&self) -> String {
        format!("<{}{}>", self.name, if self.variadic { ".." } else { "" })
    }
}

/// A flag: `--name`.
#[derive(Debug, Clone)]
pub(crate) struct Flag {
    /// Without the dashes.
    pub(crate) name: String,
    /// Other names.
    pub(crate) aliases: Vec<String>,
    /// For people.
    pub(crate) label: String,
    /// What it takes.
    pub(crate) takes: Takes,
    /// The command is wrong without it.
    pub(crate) required: bool,
    /// What holds without it, as help shows it.
    pub(crate) default: Option<String>,
    /// Access with another value is other access.
    pub(crate) identifies: bool,
}

/// What a flag takes.
#[derive(Debug, Clone)]
pub(crate) enum Takes {
    /// Nothing: `--sudo`, `--no-sudo`.
    Switch,
    /// Text of a form.
    Text(Form),
    /// A whole number.
    Number,
    /// One of these.
    Choice(Vec<Choice>),
    /// The name of a resource.
    Listed {
        /// The list that it names one of.
        kind: String,
        /// Access is always within one of these, so one is found where the flag is not given.
        settles: bool,
    },
}

/// What a text must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Any text.
    Any,
    /// An OpenSSH public key.
    PublicKey,
    /// A resource of a cluster.
    Locator,
    /// A role of a cluster.
    ClusterRole,
}

/// One of the values that a flag takes.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    /// The value.
    pub(crate) value: String,
    /// Another word for the same value, which help does not show.
    pub(crate) also: Option<String>,
}

impl Flag {
    fn new(name: &str, label: &str, takes: Takes) -> Self {
        let (name, label) = (name.into(), label.into());
        Self { name, aliases: Vec::new(), label, takes, required: false, default: None, identifies: true }
    }

    pub(crate) fn switch(name: &str, label: &str) -> Self {
        Self::new(name, label, Takes::Switch)
    }

    pub(crate) fn text(name: &str, label: &str) -> Self {
        Self::new(name, label, Takes::Text(Form::Any))
    }

    pub(crate) fn text_of(form: Form, name: &str, label: &str) -> Self {
        Self::new(name, label, Takes::Text(form))
    }

    pub(crate) fn number(name: &str, label: &str) -> Self {
        Self::new(name, label, Takes::Number)
    }

    pub(crate) fn choice<'a>(name: &str, label: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        let choices = values.into_iter().map(|value| Choice { value: value.into(), also: None });
        Self::new(name, label, Takes::Choice(choices.collect()))
    }

    /// Names a resource of the kind that has the flag's name.
    pub(crate) fn listed(name: &str, label: &str) -> Self {
        Self::new(name, label, Takes::Listed { kind: name.into(), settles: false })
    }

    /// Names the resource, of the kind that has the flag's name, within which all access of this type is.
    pub(crate) fn within(name: &str, label: &str) -> Self {
        Self::new(name, label, Takes::Listed { kind: name.into(), settles: true })
    }

    pub(crate) fn alias(mut self, alias: &str) -> Self {
        self.aliases.push(alias.into());
        self
    }

    pub(crate) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(crate) fn defaults_to(mut self, value: &str) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Access is the same whatever its value.
    pub(crate) fn incidental(mut self) -> Self {
        self.identifies = false;
        self
    }

    /// Another word for one of a choice's values.
    pub(crate) fn also(mut self, value: &str, word: &str) -> Self {
        if let Takes::Choice(choices) = &mut self.takes {
            choices.iter_mut().filter(|c| c.value == value).for_each(|c| c.also = Some(word.into()));
        }
        self
    }

    /// The list of resources that it names one of.
    pub(crate) fn kind(&self) -> Option<&str> {
        match &self.takes {
            Takes::Listed { kind, .. } => Some(kind),
            _ => None,
        }
    }

    /// It has a value; a switch has none.
    pub(crate) fn has_value(&self) -> bool {
        !matches!(self.takes, Takes::Switch)
    }
}

/// A list of resources of one sort.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    /// Such as `role`; also the name of the table in the configuration, and of the aspect that policies see.
    pub(crate) name: String,
    /// Such as `roles`.
    pub(crate) plural: String,
    /// The kind that one of these can belong to, named by the flag of the same name.
    pub(crate) parent: Option<String>,
    /// What a key begins with and a command may leave out, such as `roles/`.
    pub(crate) prefix: Option<String>,
    /// What a key must look like.
    pub(crate) form: Form,
    /// People know it by its value rather than by its key.
    pub(crate) known_by_value: bool,
    /// What is known of one beyond its names.
    pub(crate) shape: Shape,
    /// Properties that each must state.
    pub(crate) requires: Vec<String>,
    /// Properties that one can state. `None`: any.
    pub(crate) knows: Option<Vec<String>>,
}

/// What is known of a resource beyond its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing more.
    Plain,
    /// A machine.
    Machine,
    /// A Windows machine behind a bastion host on Azure.
    Desktop,
    /// A machine on AWS, with a bucket.
    Bucket,
}

impl Kind {
    pub(crate) fn new(name: &str, plural: &str) -> Self {
        Self {
            name: name.into(),
            plural: plural.into(),
            parent: None,
            prefix: None,
            form: Form::Any,
            known_by_value: false,
            shape: Shape::Plain,
            requires: Vec::new(),
            knows: Some(Vec::new()),
        }
    }

    pub(crate) fn within(mut self, parent: &str) -> Self {
        self.parent = Some(parent.into());
        self
    }

    pub(crate) fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    pub(crate) fn form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    pub(crate) fn known_by_value(mut self) -> Self {
        self.known_by_value = true;
        self
    }

    pub(crate) fn shape(mut self, shape: Shape) -> Self {
        self.shape = shape;
        self
    }

    pub(crate) fn requires(mut self, properties: &[&str]) -> Self {
        self.requires = properties.iter().map(|p| (*p).into()).collect();
        self
    }

    pub(crate) fn knows(mut self, properties: &[&str]) -> Self {
        self.knows = Some(properties.iter().map(|p| (*p).into()).collect());
        self
    }

    /// One can state any property.
    pub(crate) fn knows_anything(mut self) -> Self {
        self.knows = None;
        self
    }

    /// A word alone says enough, so that one that is not listed can be asked for where the configuration allows that.
    pub(crate) fn can_be_open(&self) -> bool {
        self.shape == Shape::Plain && self.requires.is_empty()
    }
}
