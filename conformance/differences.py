"""Where others and microcred are known to differ; each entry is tested to hold, so that none outlives its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from conformance.rows import Route, Row, labels
from conformance.shapes import Shape

__all__ = ["DIFFERENCES", "OTHER", "Difference", "expected"]

OTHER = "reads something else"
"""Nobody refuses, but what comes out is not what went in."""
_TRANSFORMATION = "PROOF_TRANSFORMATION_ERROR"
_SIGNATURE = "PROOF_VERIFICATION_ERROR"


@dataclass(frozen=True)
class Difference:
    """One known difference."""

    rows: tuple[str, ...]
    """Patterns of the peer and the format."""
    shapes: tuple[str, ...]
    """Patterns of the shapes."""
    steps: Mapping[str, str]
    """Who refuses what, and a part of what is said: our code, or their words."""
    why: str
    """The reason; the documentation has it in the same words."""

    def is_of(self, row: Row) -> bool:
        """Tell whether it is about a format."""
        return any(fnmatchcase(f"{row.peer} {row.name}", pattern) for pattern in self.rows)

    def concerns(self, row: Row, shape: Shape) -> bool:
        """Tell whether it is about a shape in a format."""
        return self.is_of(row) and any(fnmatchcase(shape.name, pattern) for pattern in self.shapes)


def expected(row: Row, shape: Shape, route: Route) -> tuple[str, str, Difference] | None:
    """Return the step of a route that is known to fail, and what is said then; None where all must go well."""
    known = [each for each in DIFFERENCES if each.concerns(row, shape)]
    for step in labels(route):
        for difference in known:
            if step in difference.steps:
                return step, difference.steps[step], difference
    return None


# Patterns of rows
_JS_PARTS = ("javascript ecdsa-sd-2023", "javascript bbs-2023")
_JS_JWT = ("javascript vc+jwt *", "javascript ob3-jwt *")
_JS_SD_JWT = ("javascript vc+sd-jwt *",)
_JS_SD_JWT_VC = ("javascript dc+sd-jwt *",)
_JS_COSE = ("javascript vc+cose *",)
_JS_RDF = ("javascript *-rdfc-*", "javascript Ed25519Signature2020*")
_DB_RDF = ("javascript *-rdfc-*", "javascript Ed25519Signature2020", *_JS_PARTS)
_JS_WHOLE = (*_JS_RDF, "javascript *-jcs-*")
_FORK = ("javascript Ed25519Signature2020 (fork)",)
_OPENVC_WHOLE = ("openvc *-rdfc-*", "openvc *-jcs-*")
_OPENVC_PARTS = ("openvc ecdsa-sd-2023",)
_OPENVC_RDF = ("openvc *-rdfc-*", *_OPENVC_PARTS)
_OPENVC_JWT = ("openvc vc+jwt *",)
# Shapes
_V1 = ("data model 1.1*",)
_LISTS = ("letter grades*", "one allowed value")
_ENDORSED = ("endorsed", "endorsed achievement and issuer")
_ELEMENTS = (
    *("many results", "alignments", "related achievements", "evidence alike", "hashed identifiers"),
    *("text from right to left", "text with emoji", "text with quotes", "text that looks like *"),
    *("several subjects", "pass to a library", "names in several languages"),
)
_HASH_COUNTS = (
    *("every member of a badge", "no id of the learner", "letter grades*", "rubric", "many results", "alignments"),
    *("endorsed*", "learner record", "status with messages", "address with a place", "context 3.0.2"),
)
_NOT_COMPACT = (
    *("address with a place", "learner record", "endorsed achievement and issuer"),
    *("data model 1.1 and an image in context 3.0.1", "data model 1.1 and context 3.0.0"),
)
# Words
_NO_MATCH = "does not match document"
_WRONG = "Invalid signature"
_COMPACT = "is not in compacted form"

# The first that fits counts.
DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        _OPENVC_JWT,
        ("*",),
        {"theirs verify ours": "no embedded `vc` object", "ours verify theirs": "MALFORMED_VALUE_ERROR at None"},
        "openvc-core writes and wants the claim vc of the Data Model 1.1, whatever the data model; and its claim nbf "
        "is the time of signing, where it must be that of validFrom.",
    ),
    # The data model
    Difference(
        ("*",),
        ("null members",),
        {"ours issue": "MALFORMED_VALUE_ERROR at /credentialSubject/achievement/humanCode"},
        "Open Badges 3.0 has no null, and microcred does not sign it.",
    ),
    Difference(
        (*_JS_WHOLE, *_JS_JWT, *_JS_COSE),
        ("null members",),
        {"ours verify theirs": "MALFORMED_VALUE_ERROR of data_model at /credentialSubject/achievement/humanCode"},
        "Open Badges 3.0 has no null, and the data_model check fails.",
    ),
    Difference(
        ("*",),
        ("number 2^53 + 1",),
        {"ours issue": _TRANSFORMATION},
        "microcred signs no whole numbers beyond 2^53 - 1, since JavaScript reads others.",
    ),
    Difference(
        (*_JS_RDF, *_JS_PARTS),
        ("number 2^53 + 1",),
        {"ours derive theirs": _TRANSFORMATION, "ours verify theirs": _TRANSFORMATION},
        "JavaScript reads another number, which is beyond 2^53 - 1 too: microcred takes none in proofs over RDF.",
    ),
    Difference(
        ("javascript *-jcs-*", *_JS_JWT, *_JS_COSE, *_JS_SD_JWT, *_JS_SD_JWT_VC),
        ("number 2^53 + 1",),
        {"ours verify theirs": OTHER, "theirs verify own": OTHER},
        "JavaScript reads another number, and signs that.",
    ),
    Difference(
        (*_OPENVC_WHOLE, *_OPENVC_PARTS),
        ("number 2^53 + 1",),
        {"ours derive theirs": _TRANSFORMATION, "ours verify theirs": _TRANSFORMATION},
        "openvc-core signs such numbers. microcred takes no proof over what JavaScript would read as another number.",
    ),
    # Tokens
    Difference(
        (*_JS_JWT, *_JS_COSE, *_JS_SD_JWT, *_JS_SD_JWT_VC, *_OPENVC_JWT, "openvc vc+sd-jwt *"),
        _V1,
        {"ours issue": "PROOF_GENERATION_ERROR at /@context/0"},
        "Credentials of the Data Model 1.1 must not be issued any more, so microcred makes no tokens of them.",
    ),
    Difference(
        ("javascript vc+jwt *",),
        _V1,
        {"ours verify theirs": "MALFORMED_VALUE_ERROR at /vc"},
        "VC-JOSE-COSE is for the Data Model 2.0: a vc+jwt has no claim vc.",
    ),
    Difference(
        (*_JS_COSE, *_JS_SD_JWT),
        _V1,
        {
            "ours derive theirs": "MALFORMED_VALUE_ERROR at /@context",
            "ours verify theirs": "MALFORMED_VALUE_ERROR at /@context",
        },
        "VC-JOSE-COSE is for the Data Model 2.0. What signs tokens in JavaScript does not look into them.",
    ),
    Difference(
        ("javascript ob3-jwt *",),
        ("no id of the learner", "several subjects"),
        {"ours issue": "PROOF_GENERATION_ERROR at /credentialSubject/id"},
        "Open Badges 3.0 requires the claim sub in a JWT, so there must be one subject with an id.",
    ),
    # Digital Bazaar
    Difference(
        _DB_RDF,
        ("number 1e-7",),
        {"theirs verify ours": _WRONG, "ours verify theirs": _SIGNATURE},
        "jsonld.js takes a number that JavaScript writes without a point for a whole one: 1e-7 becomes 0, and not "
        "1.0E-7.",
    ),
    Difference(
        ("javascript bbs-2023",),
        ("number 1e-7",),
        {"ours derive theirs": _SIGNATURE, "ours verify own": _SIGNATURE},
        "The same: with bbs-2023 whoever derives needs the statements that the issuer signed.",
    ),
    Difference(
        _JS_PARTS,
        _LISTS,
        {"theirs issue": "can have at most one other property", "theirs derive ours": "can have at most one other"},
        "di-sd-primitives gives each object an id, lists too, and a list with an id is not JSON-LD. "
        "What microcred signs and derives, it verifies.",
    ),
    Difference(
        _DB_RDF,
        ("letter grades with equal neighbours",),
        {"theirs issue": "Maximum deep iterations exceeded", "theirs verify ours": "Maximum deep iterations exceeded"},
        "rdf-canonize 5 gives up on equal neighbours in a list, unless the caller raises maxWorkFactor.",
    ),
    Difference(
        _JS_PARTS,
        _ENDORSED,
        {"theirs derive ours": '"labelMap" must be', "theirs derive own": '"labelMap" must be'},
        "di-sd-primitives compacts the document and expands it again, and a proof inside what is disclosed then stands "
        "in a graph in a graph.",
    ),
    Difference(
        _JS_PARTS,
        ("learner record",),
        {"theirs derive ours": _NO_MATCH, "theirs derive own": _NO_MATCH},
        "The same: the member verifiableCredential of a learner record does not survive that.",
    ),
    Difference(
        _JS_PARTS,
        ("endorsed achievement and issuer",),
        {"ours derive theirs": _SIGNATURE},
        "The same: the mandatory issuer holds an endorsement, so Digital Bazaar signs other statements as mandatory.",
    ),
    Difference(
        _JS_PARTS,
        ("address with a place",),
        {"theirs issue": "Dropping property", "theirs derive ours": "Dropping property"},
        "The class GeoCoordinates and the property geo share an IRI, so that geo does not survive being compacted and "
        "expanded again.",
    ),
    Difference(
        _JS_PARTS,
        ("data model 1.1 and an image in context 3.0.1",),
        {"theirs derive ours": "Dropping property", "theirs derive own": "Dropping property"},
        "The same, of the class Image and the property image in the older context.",
    ),
    Difference(
        _JS_PARTS,
        ("data model 1.1 and context 3.0.0",),
        {"theirs issue": _NO_MATCH, "theirs derive ours": _NO_MATCH},
        "The same, of the class Achievement and the property achievement in the oldest context.",
    ),
    Difference(
        _JS_PARTS,
        ("text that looks like a blank node",),
        {
            "theirs verify ours": _WRONG,
            "ours derive theirs": _SIGNATURE,
            "ours verify own": _SIGNATURE,
            "ours verify theirs": _SIGNATURE,
        },
        "di-sd-primitives relabels blank nodes inside texts too: it replaces whatever has _: in front.",
    ),
    Difference(
        ("javascript *-jcs-*",),
        ("context inside",),
        {"theirs verify ours": "document.@context does not start with proof.@context"},
        "The JCS suites compare contexts by identity, so that a context object never equals itself once it was read "
        "from JSON. Their own output fails too.",
    ),
    # The fork of the Digital Credentials Consortium
    Difference(
        _FORK,
        ("number 1e-7",),
        {"theirs verify ours": _WRONG, "ours verify theirs": _SIGNATURE},
        "As with Digital Bazaar.",
    ),
    Difference(
        _FORK,
        ("text with controls",),
        {"theirs verify ours": _WRONG, "ours verify theirs": _SIGNATURE},
        "rdf-canonize 3 writes TAB and other controls as they are, as URDNA2015 had it; RDFC-1.0 escapes them.",
    ),
    Difference(
        _FORK,
        ("names with directions",),
        {"theirs issue": "rdfDirection not set", "theirs verify ours": "rdfDirection not set"},
        "The fork refuses base directions. Digital Bazaar signs them as i18n datatypes, and so does microcred.",
    ),
    # openvc-core
    Difference(
        ("openvc *-jcs-*",),
        ("*",),
        {"ours verify theirs": _SIGNATURE},
        "openvc-core signs the proof with the contexts of the document, as the standard has it, and leaves them out of "
        "the proof that it writes. It verifies proofs that have them.",
    ),
    Difference(
        ("openvc ecdsa-rdfc-2019 P-384",),
        _HASH_COUNTS,
        {"theirs verify ours": "does not verify", "ours verify theirs": _SIGNATURE},
        "openvc-core canonicalises with SHA-256 for P-384 too. Digital Bazaar takes SHA-384 there, as microcred does. "
        "It shows only where the order of blank nodes depends on the hash.",
    ),
    Difference(
        _OPENVC_PARTS,
        _LISTS,
        {"theirs issue": "Could not expand input", "theirs derive ours": "Could not expand input"},
        "As with Digital Bazaar: a list is given an id, and is no JSON-LD any more.",
    ),
    Difference(
        _OPENVC_PARTS,
        ("text with line ends", "text with controls"),
        {
            "theirs issue": "Error while parsing N-Quads",
            "theirs derive ours": "Error while parsing N-Quads",
            "theirs verify ours": "Error while parsing N-Quads",
        },
        "PyLD cannot read the N-Quads that openvc-core makes of such texts.",
    ),
    Difference(
        ("openvc *-rdfc-*",),
        ("text with controls",),
        {"theirs verify ours": "does not verify", "ours verify theirs": _SIGNATURE},
        "PyLD writes TAB and other controls as they are, where RDFC-1.0 escapes them.",
    ),
    Difference(
        _OPENVC_RDF,
        ("endorsed",),
        {"theirs issue": "is described again", "theirs verify ours": "is described again"},
        "openvc-core refuses a credential whose id comes again inside, as it does where an endorsement is about it.",
    ),
    Difference(
        _OPENVC_RDF,
        ("context inside",),
        {"theirs issue": "an inline @context object", "theirs verify ours": "an inline @context object"},
        "openvc-core takes no terms from a context inside a credential; to microcred its proof is indeterminate.",
    ),
    Difference(
        _OPENVC_RDF,
        ("names with directions",),
        {"theirs issue": "uses @direction"},
        "openvc-core does not sign base directions.",
    ),
    Difference(
        ("openvc *-rdfc-*",),
        ("names with directions",),
        {"theirs verify ours": "does not verify"},
        "openvc-core leaves base directions out of what it verifies.",
    ),
    Difference(
        _OPENVC_PARTS,
        ("every member of a badge", "no id of the learner", "context 3.0.2"),
        {"theirs derive ours": "no matching base signature", "theirs derive own": "no matching base signature"},
        "openvc-core does not find all of its own statements again where objects without an id stay hidden or are "
        "mandatory.",
    ),
    Difference(
        _OPENVC_PARTS,
        ("address with a place", "data model 1.1 and an image in context 3.0.1"),
        {"theirs derive ours": "no matching base signature"},
        "As with Digital Bazaar: what shares its IRI with a class does not survive being compacted and expanded again.",
    ),
    Difference(
        _OPENVC_PARTS,
        ("text that looks like a blank node",),
        {"theirs verify ours": "does not verify", "ours derive theirs": _SIGNATURE},
        "As with Digital Bazaar: blank nodes are relabelled inside texts too.",
    ),
    Difference(
        _OPENVC_PARTS,
        ("json literal",),
        {"theirs verify ours": "does not verify", "ours verify theirs": _SIGNATURE},
        "openvc-core reads its N-Quads again with PyLD, which loses the escapes in a JSON literal.",
    ),
    Difference(
        _OPENVC_PARTS,
        _ENDORSED,
        {"theirs derive ours": "could not canonicalize"},
        "As with Digital Bazaar: proofs inside do not survive being compacted and expanded again.",
    ),
    Difference(
        _OPENVC_PARTS,
        ("data model 1.1 and context 3.0.0", "learner record"),
        {"theirs derive ours": "does not resolve"},
        "As with Digital Bazaar: the members achievement and verifiableCredential do not survive either.",
    ),
    Difference(
        _OPENVC_PARTS,
        _ELEMENTS,
        {"theirs derive ours": "array-index JSON pointers", "theirs derive own": "array-index JSON pointers"},
        "openvc-core does not support pointers to elements of arrays.",
    ),
    Difference(
        _OPENVC_PARTS,
        ("several subjects",),
        {"theirs issue": "array-index JSON pointers"},
        "openvc-core does not support mandatory pointers to elements of arrays either.",
    ),
    Difference(
        _OPENVC_RDF,
        (*_NOT_COMPACT, "null members", "pass to a library", "names in several languages"),
        {"theirs issue": _COMPACT},
        "openvc-core compacts a document again, and does not sign it where something else comes out: a null, an IRI "
        "with two names, a language tag in capitals, a context inside.",
    ),
    Difference(
        _OPENVC_RDF,
        _NOT_COMPACT,
        {"theirs verify ours": _COMPACT},
        "The same, when it verifies.",
    ),
    Difference(
        ("openvc *-rdfc-*",),
        ("pass to a library", "names in several languages"),
        {"theirs verify ours": _COMPACT},
        "The same; what is disclosed with ecdsa-sd-2023 has nothing of that here.",
    ),
)
