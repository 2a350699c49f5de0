"""Read a posting's title and description: years, pay, place of work, contract, skills with their sentences.

extract_posting(title, description, location, company) -> ExtractedPosting
"""

from blacklight_matching.postings.extraction.contract import Contract, find_contract
from blacklight_matching.postings.extraction.extract import EXTRACTION_VERSION, ExtractedPosting, extract_posting
from blacklight_matching.postings.extraction.pay import Pay, find_pay
from blacklight_matching.postings.extraction.requirements import SkillAsked, skills_asked
from blacklight_matching.postings.extraction.sentences import Span, sentence_at, sentences
from blacklight_matching.postings.extraction.workplace import Workplace, find_workplace
from blacklight_matching.postings.extraction.years import YearsAsked, years_asked, years_in_field

__all__ = [
    "EXTRACTION_VERSION",
    "Contract",
    "ExtractedPosting",
    "Pay",
    "SkillAsked",
    "Span",
    "Workplace",
    "YearsAsked",
    "extract_posting",
    "find_contract",
    "find_pay",
    "find_workplace",
    "sentence_at",
    "sentences",
    "skills_asked",
    "years_asked",
    "years_in_field",
]
