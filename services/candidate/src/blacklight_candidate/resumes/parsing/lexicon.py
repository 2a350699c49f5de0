"""Words the rules know: section headings, heads of job titles, marks of employers, degrees, places."""

from __future__ import annotations

HEADINGS: dict[str, tuple[str, ...]] = {
    "summary": (
        "summary", "professional summary", "executive summary", "career summary", "summary of qualifications",
        "profile", "professional profile", "about", "about me", "objective", "career objective", "overview",
        "professional overview", "career overview", "highlights of qualifications", "personal statement",
        "summary of experience", "experience summary", "profile summary", "personal profile", "introduction",
        "professional objective", "job objective", "career profile", "qualifications summary", "background summary",
        "professional synopsis", "synopsis", "career synopsis", "bio", "executive profile", "summary statement",
    ),
    "work": (
        "work", "experience", "work experience", "professional experience", "employment", "employment history",
        "work history", "career history", "relevant experience", "professional background", "job history",
        "industry experience", "career experience", "employment experience", "it experience", "job experience",
        "professional history", "positions held", "experience details", "work experiences", "clinical experience",
        "technical experience", "professional work experience", "project experience", "client experience",
        "consulting experience", "internships", "internship experience", "related experience", "employment record",
        "working experience", "professional experience details", "career progression", "professional experiences",
        "accounting experience", "nursing experience", "teaching experience", "military experience",
        "other experience", "additional experience", "prior experience", "previous experience",
        "experience and employment", "berufserfahrung", "experiencia", "experiencia profesional", "beruflicher werdegang",
        "employment details", "work summary", "professional employment",
    ),
    "education": (
        "education", "education and training", "academic background", "educational background", "qualifications",
        "academic qualifications", "educational qualifications", "education details", "academics", "academic history",
        "education qualification", "educational qualification", "education and qualifications", "academic details",
        "academic credentials", "education history", "degrees", "academic profile", "educational details",
        "education background", "academic qualification", "educational history", "training and education", "ausbildung", "formación", "formation", "educación", "studium",
        "education and certifications", "education and certification", "education and credentials", "schooling",
    ),
    "skills": (
        "skills", "technical skills", "skill set", "skillset", "core skills", "key skills", "core competencies",
        "competencies", "areas of expertise", "expertise", "technologies", "technical expertise", "tools",
        "technical proficiencies", "technical proficiency", "technical summary", "technical competencies",
        "skills summary", "professional skills", "it skills", "computer skills", "software skills", "skill highlights",
        "technical environment", "tools and technologies", "technologies and tools", "skills and abilities",
        "skills and tools", "key competencies", "skills and expertise", "skills and technologies", "soft skills",
        "additional skills", "other skills", "programming skills", "software", "strengths", "key strengths",
        "technical knowledge", "technology stack", "tech stack", "technical stack", "areas of strength",
        "professional competencies", "core strengths", "core qualifications", "clinical skills", "hard skills",
        "relevant skills", "special skills", "skills and competencies", "technical profile", "technology skills",
        "functional skills", "area of expertise", "skills profile", "technical skill set", "technical skillset",
        "technical tools", "core expertise", "technology", "proficiencies", "skills and qualifications",
        "technical qualifications", "sap skills", "kenntnisse", "fähigkeiten", "habilidades", "compétences", "languages and technologies", "skill", "abilities",
    ),
    "certifications": (
        "certifications", "certification", "certificates", "licenses", "licenses and certifications", "licensure",
        "certifications and licenses", "professional certifications", "credentials", "licences", "training",
        "certifications and training", "training and certifications", "technical certifications", "certificate",
        "professional certification", "licensure and certifications", "certificates and licenses", "trainings",
        "professional development", "professional training", "courses and certifications", "licenses certifications",
    ),
    "languages": ("languages", "language", "language skills", "languages known", "spoken languages",
                  "languages spoken", "foreign languages", "sprachen", "sprachkenntnisse", "idiomas", "langues"),
    "projects": (
        "projects", "personal projects", "open source projects", "open source", "projects experience", "side projects",
        "key projects", "selected projects", "academic projects", "portfolio", "notable projects",
        "project details", "projects undertaken", "major projects", "relevant projects",
    ),
    "volunteer": ("volunteer", "volunteering", "volunteer experience", "volunteer work", "community service",
                  "community involvement", "community", "volunteer activities", "leadership and volunteering"),
    "awards": ("awards", "honors", "awards and honors", "honors and awards", "achievements", "accomplishments",
               "recognition", "awards and recognition", "key achievements", "awards and achievements",
               "achievements and awards", "scholarships", "career highlights", "major achievements"),
    "publications": ("publications", "writing", "papers", "research", "patents", "presentations", "speaking",
                     "publications and presentations", "books", "articles", "talks"),
    "interests": ("interests", "hobbies", "hobbies and interests", "interests and hobbies", "activities",
                  "personal interests", "extracurricular activities", "extracurriculars", "personal information",
                  "additional information", "personal details", "affiliations", "memberships", "other information",
                  "professional affiliations", "disposition", "miscellaneous", "declaration", "additional details"),
    "references": ("references", "references available upon request", "references upon request", "referenzen", "recommendations", "testimonials", "referees"),
    "contact": ("contact", "contact information", "contact info", "contact details", "contacts", "profiles",
                "social", "links", "social profiles", "find me online", "online profiles", "social media", "info"),
    "other": ("background", "resume", "curriculum vitae", "cv"),
}

HEADING_KIND: dict[str, str] = {phrase: kind for kind, phrases in HEADINGS.items() for phrase in phrases}

TITLE_WORDS = frozenset(
    """engineer developer programmer analyst manager director consultant architect administrator admin specialist
    coordinator assistant associate officer lead leader intern trainee apprentice president vp ceo cto cfo cio coo
    founder cofounder owner partner principal supervisor technician designer scientist researcher professor teacher
    tutor instructor lecturer nurse rn lpn accountant auditor bookkeeper clerk cashier sales representative rep agent
    advisor adviser attorney lawyer paralegal counsel secretary receptionist executive head chief ninja guru evangelist
    tester qa sdet dba sre devops strategist planner buyer recruiter trainer coach mentor editor writer author
    journalist reporter producer artist animator illustrator photographer chef cook waiter waitress server bartender
    barista driver operator mechanic electrician plumber welder carpenter foreman superintendent inspector surveyor
    estimator controller treasurer banker teller broker trader underwriter adjuster actuary economist statistician
    pharmacist physician doctor surgeon dentist therapist psychologist counselor caregiver paramedic hygienist
    practitioner radiologist technologist librarian curator translator interpreter pilot captain sergeant lieutenant
    soldier guard dispatcher packer picker loader machinist assembler fellow postdoc resident volunteer scrum master
    freelancer contractor stylist cosmetologist trainer concierge housekeeper janitor custodian member staff
    merchandiser superviser liaison marketer copywriter publicist ambassador expert professional generalist
    webmaster helpdesk support aide educator principal dean chair warehouseman handler processor hostess host steward
    attendant crew worker laborer labourer model actor musician dancer singer farmer rancher""".split()
)
WEAK_TITLE_WORDS = frozenset("support sales server staff member master head model admin partner community host".split())

ORGANISATION_WORDS = frozenset(
    """inc llc ltd corp corporation company co group bank systems technologies technology solutions services consulting
    partners associates industries international institute university college school hospital clinic center centre
    foundation agency department ministry council association society labs laboratories studio studios media networks
    software holdings enterprises insurance financial healthcare health pharma pharmaceuticals energy airlines motors
    plc gmbh ag sa pvt limited llp lp restaurant hotel bakery cafe café store stores market markets district county city
    state federal government army navy force church academy ventures capital trust dynamics global worldwide
    communications logistics transport retail foods brands bros works team""".split()
)

SCHOOL_WORDS = frozenset(
    """university universidade università college institute school academy polytechnic universidad université universität universiteit jntu
    iit nit bits mit ucla usc suny cuny vtu instituto escuela faculty seminary conservatory gymnasium lyceum campus
    bootcamp vidyalaya""".split()
)

DEGREES = (
    r"ph\.?\s?d\.?|doctor(?:ate)?(?:\s+of\s+[a-z]+)?|d\.?b\.?a|m\.?d\.?|j\.?d\.?|"
    r"master(?:['’]?s)?(?:\s+degree)?(?:\s+of\s+(?:[a-z]+\s+)?(?:science|arts|engineering|business administration|technology|"
    r"computer applications|commerce|education|fine arts|public health|social work|nursing|laws?|accountancy|"
    r"information technology|computer science))?|"
    r"bachelor(?:['’]?s)?(?:\s+degree)?(?:\s+of\s+(?:applied\s+)?(?:science|arts|engineering|business administration|technology|"
    r"computer applications|commerce|education|fine arts|nursing|laws?|accountancy|architecture|music))?|"
    r"associate(?:['’]?s)?(?:\s+degree|\s+of\s+(?:applied\s+)?(?:science|arts)|\s+in\s+(?:applied\s+)?(?:science|arts))(?:\s+of\s+(?:applied\s+)?(?:science|arts))?|"
    r"m\.?\s?b\.?\s?a\.?|m\.?\s?c\.?\s?a\.?|b\.?\s?c\.?\s?a\.?|m\.?\s?tech\.?|b\.?\s?tech\.?|b\.?\s?e\.?|m\.?\s?e\.?|"
    r"b\.?\s?s\.?\s?n\.?|m\.?\s?s\.?\s?n\.?|a\.?d\.?n\.?|b\.?\s?sc\.?|m\.?\s?sc\.?|b\.?\s?s\.?|m\.?\s?s\.?|b\.?\s?a\.?|m\.?\s?a\.?|"
    r"b\.?\s?com\.?|m\.?\s?com\.?|b\.?b\.?a\.?|a\.?a\.?s\.?|a\.?\s?a\.|a\.?\s?s\.|b\.?f\.?a\.?|m\.?f\.?a\.?|m\.?p\.?h\.?|"
    r"high school diploma|diploma(?: in)?|g\.?e\.?d\.?|post[- ]?graduate diploma|pg diploma|certificate(?: in| of)?|"
    r"licence|licenciatura|intermediate|12th|10th|hsc|ssc|minor|magister|diplom"
)

US_STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky",
    "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire",
    "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota",
    "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont",
    "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}
COUNTRIES = (
    "United States of America", "United States", "USA", "U.S.A.", "US", "U.S.", "Canada", "Mexico", "United Kingdom",
    "UK", "England", "Scotland", "Wales", "Ireland", "India", "Germany", "France", "Spain", "Italy", "Netherlands",
    "The Netherlands", "Belgium", "Switzerland", "Austria", "Sweden", "Norway", "Denmark", "Finland", "Poland",
    "Portugal", "Brazil", "Argentina", "Chile", "Colombia", "Australia", "New Zealand", "Singapore", "Malaysia",
    "Philippines", "China", "Japan", "South Korea", "Israel", "UAE", "Nigeria", "Kenya", "South Africa", "Egypt",
    "Pakistan", "Bangladesh", "Sri Lanka", "Nepal", "Ukraine", "Romania", "Vietnam", "Thailand", "Turkey", "Ghana",
)

PROVINCES = (
    "Ontario", "Quebec", "British Columbia", "Alberta", "Manitoba", "Nova Scotia", "Telangana", "Andhra Pradesh",
    "Karnataka", "Maharashtra", "Tamil Nadu", "Kerala", "Gujarat", "Haryana", "Uttar Pradesh", "West Bengal", "Delhi",
    "Rajasthan", "Punjab", "Puerto Rico", "New South Wales", "Victoria", "Queensland", "Bavaria",
)

LANGUAGES = frozenset(
    """english spanish french german italian portuguese dutch russian ukrainian polish czech slovak hungarian romanian
    bulgarian greek turkish arabic hebrew persian farsi urdu hindi bengali punjabi gujarati marathi tamil telugu kannada
    malayalam sinhala nepali chinese mandarin cantonese japanese korean vietnamese thai indonesian malay tagalog
    filipino swahili yoruba igbo hausa amharic zulu afrikaans swedish norwegian danish finnish icelandic estonian latvian
    lithuanian croatian serbian slovenian bosnian albanian armenian georgian kazakh mongolian catalan basque galician
    irish welsh latin creole somali pashto burmese khmer lao odia assamese konkani sanskrit asl""".split()
)

LEVEL_WORDS = frozenset(
    """beginner intermediate advanced expert master proficient basic fluent native conversational novice competent
    senior junior familiar professional moderate elementary working""".split()
)
