"""Starts the browser once and shows a page: run by the runner inside the virtual environment."""

from __future__ import annotations

import os

from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=os.environ.get("CHROMIUM") or None,
        args=["--no-sandbox"] if os.geteuid() == 0 else [],
    )
    page = browser.new_page()
    page.set_content("<title>ready</title>")
    print(browser.version, page.title())
    browser.close()
