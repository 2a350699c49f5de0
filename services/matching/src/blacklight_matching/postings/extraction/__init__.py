"""Read what a posting says: title, company, places, workplace, contract, pay, years, authorization, skills, date.

extract_posting(title, description, location, company, …) -> ExtractedFields, where a board gives fields
extract_text(text, seen=…) -> ExtractedFields, for running text: an e-mail, a pasted job
"""

from blacklight_matching.postings.extraction.authorization import Authorization, find_authorizations, find_sponsorship
from blacklight_matching.postings.extraction.clearance import Clearance, find_clearance
from blacklight_matching.postings.extraction.contract import (
    CONTRACT_TYPES,
    Contract,
    contracts_in_field,
    find_contracts,
)
from blacklight_matching.postings.extraction.extract import EXTRACTION_VERSION, extract_posting, extract_text
from blacklight_matching.postings.extraction.fields import ExtractedFields
from blacklight_matching.postings.extraction.pay import Pay, find_pay, pay_in_field, pay_of_amounts
from blacklight_matching.postings.extraction.place import Place, places_in_field
from blacklight_matching.postings.extraction.posted import Posted, find_posted, posted_in_field
from blacklight_matching.postings.extraction.requirements import SkillAsked, skills_asked
from blacklight_matching.postings.extraction.sentences import Span, sentence_at, sentences
from blacklight_matching.postings.extraction.workplace import Workplace, find_workplace
from blacklight_matching.postings.extraction.years import YearsAsked, years_asked, years_in_field

__all__ = [
    "CONTRACT_TYPES",
    "EXTRACTION_VERSION",
    "Authorization",
    "Clearance",
    "Contract",
    "ExtractedFields",
    "Pay",
    "Place",
    "Posted",
    "SkillAsked",
    "Span",
    "Workplace",
    "YearsAsked",
    "contracts_in_field",
    "extract_posting",
    "extract_text",
    "find_authorizations",
    "find_clearance",
    "find_contracts",
    "find_pay",
    "find_posted",
    "find_sponsorship",
    "find_workplace",
    "pay_in_field",
    "pay_of_amounts",
    "places_in_field",
    "posted_in_field",
    "sentence_at",
    "sentences",
    "skills_asked",
    "years_asked",
    "years_in_field",
]
