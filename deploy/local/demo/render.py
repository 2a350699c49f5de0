"""Render `sources/*.json` to `resumes/` as PDF and DOCX, and note in `rendered.json` what came from what.

Run with an interpreter that has reportlab and python-docx: `python deploy/local/demo/render.py`. The same
sources give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import docx_layouts
import pdf_layouts
from resume_source import Resume, list_sources, read_resume

HERE = Path(__file__).parent
RESUMES = HERE / "resumes"
MANIFEST = HERE / "rendered.json"


def render(resume: Resume) -> Path:
    """Write one résumé in its layout; the file name's end decides the format."""
    path = RESUMES / resume.file
    layouts = pdf_layouts.LAYOUTS if path.suffix == ".pdf" else docx_layouts.LAYOUTS
    layouts[resume.layout](resume, path)
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Render all, then write the manifest that the test compares with the files."""
    RESUMES.mkdir(exist_ok=True)
    rows = {}
    for source in list_sources():
        resume = read_resume(source)
        path = render(resume)
        rows[resume.file] = {
            "source": source.name,
            "layout": resume.layout,
            "source_sha256": sha256(source),
            "rendered_sha256": sha256(path),
        }
    MANIFEST.write_text(json.dumps(dict(sorted(rows.items())), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
