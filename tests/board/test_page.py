"""The board in a real browser, as people use it: pointer, keyboard, phone, and news that mean harm."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from placewatch.records import Alert
from placewatch.settings import Settings
from sinks.ledger import Ledger


AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# The mark of the only place of its holder: the fourth colour of the palette, and where it is on the map.
FIND_COLOUR = """
  ([red, green, blue]) => {
    const canvas = document.querySelector(".places-canvas");
    const box = canvas.getBoundingClientRect();
    const scale = canvas.width / box.width;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0, x = 0, y = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (data[at] !== red || data[at + 1] !== green || data[at + 2] !== blue) continue;
      count += 1; x += (at / 4) % canvas.width; y += Math.floor(at / 4 / canvas.width);
    }
    return count ? { count, x: box.x + x / count / scale, y: box.y + y / count / scale } : null;
  }
"""
BLUE, PINK = [0x00, 0x72, 0xB2], [0xCC, 0x79, 0xA7]

Shot = Callable[[Page, str], None]


def headlines(page: Page) -> list[str]:
    return page.locator("#panel-alerts .headline").all_inner_texts()


def test_the_first_view_has_map_marks_legend_and_alerts(
    war: str, tab: Callable[..., Any], shot: Shot
) -> None:
    page = tab(war).open()
    expect(page.locator("#live")).to_have_text("live")
    expect(page.locator("#panel-alerts .card")).to_have_count(5)
    expect(page.locator("#count-places")).to_have_text("5")
    expect(page.locator("#legend")).to_contain_text("Syrian rebels")
    expect(page.locator("#legend")).to_contain_text("besieged")
    assert page.evaluate(FIND_COLOUR, BLUE) is not None
    shot(page, "desktop")


def test_a_cancel_strikes_out_what_it_takes_back_and_leads_to_it(
    war: str, tab: Callable[..., Any]
) -> None:
    page = tab(war).open()
    taken_back = page.locator("[data-alert=alert-3]")
    expect(taken_back).to_have_class(re.compile("is-taken-back"))
    expect(taken_back.locator(".tie")).to_contain_text("taken back by")
    page.locator("[data-alert=alert-4] .tie button").click()
    expect(taken_back).to_have_class(re.compile("is-meant"))
    expect(taken_back.locator("button.open")).to_be_focused()


def test_a_click_on_a_mark_opens_its_place(war: str, tab: Callable[..., Any]) -> None:
    page = tab(war).open()
    found = page.evaluate(FIND_COLOUR, PINK)
    assert found, "Tripoli, the only place of its holder, is drawn"
    page.mouse.move(found["x"], found["y"])
    expect(page.locator("#tip")).to_contain_text("held by Lebanese government")
    page.mouse.click(found["x"], found["y"])
    expect(page.locator("#place h2")).to_have_text("Tripoli, Lebanon")
    expect(page).to_have_url(re.compile("place=tripoli-lebanon"))
    page.go_back()
    expect(page.locator("#place")).to_be_hidden()


def test_a_place_shows_why_down_to_the_sentence(
    war: str, tab: Callable[..., Any], shot: Shot
) -> None:
    page = tab(war).open("/?place=rastan-syria")
    place = page.locator("#place")
    expect(place).to_contain_text("held by Syrian rebels")
    expect(place).to_contain_text("the side that loses by it says so itself")
    expect(place.locator(".report").first).to_contain_text("Fighters took Rastan")
    expect(place.locator(".report:not(.has-counted)")).to_contain_text("told as not confirmed")
    link = place.locator(".where a").first
    assert link.get_attribute("href") == "https://wire.example/1"
    assert link.get_attribute("rel") == "noopener noreferrer"
    shot(page, "place")


def test_an_alert_appears_by_itself_and_the_map_follows(
    board: Any, ledger: Ledger, new_alert: Callable[..., Alert], tab: Callable[..., Any]
) -> None:
    page = tab(str(board.base_url).rstrip("/")).open("/?place=tripoli-lebanon")
    expect(page.locator("#live")).to_have_text("live")
    before = page.evaluate(FIND_COLOUR, PINK)
    assert before
    where = {"place_id": "tripoli-lebanon", "place": "Tripoli, Lebanon"}
    ledger.write_alerts([new_alert(9, headline="Tripoli, Lebanon is lost.", **where)])
    expect(page.locator("#panel-alerts .card").first).to_contain_text("Tripoli, Lebanon is lost.")
    expect(page.locator("#said")).to_contain_text("Tripoli, Lebanon is lost.")
    assert page.evaluate(FIND_COLOUR, PINK) is None, "it has its new holder's colour"
    expect(page.locator("#place .past .card")).to_have_count(1)
    ledger.write_alerts(
        [new_alert(10, msg_type="Cancel", references=("alert-9",), headline="Withdrawn.", **where)]
    )
    expect(page.locator("#panel-alerts [data-alert=alert-9]")).to_have_class(
        re.compile("is-taken-back")
    )


def test_filters_are_in_the_address_and_come_back_with_it(
    war: str, tab: Callable[..., Any]
) -> None:
    page = tab(war).open()
    page.click("#filters-open")
    page.check("#control-contested")
    expect(page.locator("#panel-alerts .card")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?control=contested"))
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert headlines(page) == ["Homs, Syria is contested."]
    page.click("#tab-places")
    expect(page.locator("#panel-places .card")).to_have_count(1)
    page.get_by_role("button", name="Remove filter Status: contested").click()
    expect(page.locator("#panel-places .card")).to_have_count(5)
    page.click("#filters-open")
    page.select_option("#choose-country", "Lebanon")
    expect(page.locator("#panel-places .card")).to_have_count(1)


def test_the_slider_shows_the_past_and_leads_back(war: str, tab: Callable[..., Any]) -> None:
    page = tab(war).open("/?place=rastan-syria")
    slider = page.locator("#slider")
    slider.focus()
    slider.press("Home")
    expect(page).to_have_url(re.compile("at=2024-12-06T07"))
    expect(page.locator("#place")).to_contain_text("held by Syrian government")
    expect(page.locator("#panel-alerts")).to_contain_text("No alert until then")
    expect(page.locator("#live")).to_have_text("the past")
    page.get_by_role("button", name="Back to now").click()
    expect(page.locator("#place")).to_contain_text("held by Syrian rebels")
    expect(page.locator("#panel-alerts .card")).to_have_count(5)


def test_a_moment_can_be_sent_as_an_address(war: str, tab: Callable[..., Any]) -> None:
    page = tab(war).open("/?at=2024-12-06T15:30:00Z&place=homs-syria")
    expect(page.locator("#place .as-of")).to_contain_text("6 Dec 2024, 15:30")
    expect(page.locator("#place .state")).to_contain_text("contested")
    expect(page.locator("#panel-alerts .card")).to_have_count(3)
    expect(page.locator("[data-alert=alert-3]").first).not_to_have_class(re.compile("taken-back"))


def test_the_keyboard_does_what_the_pointer_does(war: str, tab: Callable[..., Any]) -> None:
    page = tab(war).open()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("homs")
    expect(page.locator("#panel-alerts .card")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page.locator("#place h2")).to_have_text("Homs, Syria")
    page.keyboard.press("Escape")
    expect(page.locator("#place")).to_be_hidden()
    page.keyboard.press("2")
    expect(page.locator("#tab-places")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#place h2")).to_have_text("Homs, Syria")
    page.keyboard.press("[")
    expect(page).to_have_url(re.compile("at="))
    page.keyboard.press("n")
    expect(page).not_to_have_url(re.compile("at="))
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("t")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_phone_has_it_all_without_scrolling_sideways(
    war: str, tab: Callable[..., Any], shot: Shot
) -> None:
    page = tab(war, **PHONE).open()
    shot(page, "phone")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator("[data-alert=alert-2] button.open").tap()
    expect(page.locator("#place h2")).to_be_visible()
    assert page.locator("#place").bounding_box()["width"] == 390
    shot(page, "phone-place")
    page.get_by_role("button", name="Close the place").tap()
    expect(page.locator("#place")).to_be_hidden()


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/?place=rastan-syria", {"color_scheme": "light"}),
        ("/?place=homs-syria&tab=places&country=Syria", {"color_scheme": "dark"}),
        ("/?at=2024-12-06T15:30:00Z&tab=feeds", PHONE),
    ],
)
def test_axe_finds_nothing_serious(
    war: str, tab: Callable[..., Any], shot: Shot, path: str, options: dict[str, Any]
) -> None:
    opened = tab(war, **options)
    opened.context.add_init_script(AXE)
    page = opened.open(path)
    if "tab=places" in path:
        page.click("#filters-open")
        shot(page, "dark")
    page.wait_for_timeout(100)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert found["passes"] or found["violations"] is not None
    serious = [
        (each["id"], each["nodes"][0]["html"][:200], each["nodes"][0]["failureSummary"])
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_words_that_mean_harm_stay_words(war: str, tab: Callable[..., Any], hostile: str) -> None:
    page = tab(war).open("/?place=hostile")
    place = page.locator("#place")
    expect(place.locator("h2")).to_have_text(f"{hostile}, Syria")
    expect(place.locator("blockquote").first).to_have_text(hostile)
    expect(page.locator("[data-alert=alert-5] .headline").first).to_have_text(hostile)
    page.click("#filters-open")
    page.click("#tab-places")
    page.fill("#q", "<img")
    expect(page.locator("#panel-places .card")).to_have_count(1)
    page.click("#tab-feeds")
    injected = page.locator("img[onerror], [onerror], [onload], body script, #place script, iframe")
    assert injected.count() == 0
    links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    assert [link for link in links if not link.startswith(("http://", "https://"))] == []


def test_an_address_that_means_harm_stays_an_address(war: str, tab: Callable[..., Any]) -> None:
    harm = "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"
    page = tab(war).open(f"/?q={harm}&place={harm}&holder={harm}&country={harm}&at=never")
    expect(page.locator("#place")).to_contain_text("No such place")
    expect(page.locator("#panel-alerts")).to_contain_text("No alert matches")
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.locator("#panel-alerts .card")).to_have_count(5)
    assert page.locator("[onerror]").count() == 0


def test_without_a_ledger_the_page_says_what_to_run_and_shows_it_once_there(
    settings: Settings,
    serve: Callable[[Settings], Any],
    new_alert: Callable[..., Alert],
    tab: Callable[..., Any],
) -> None:
    with serve(settings) as address:
        opened = tab(address)
        page = opened.page
        page.goto("/")
        expect(page.locator("#banner")).to_contain_text("placewatch up")
        with Ledger(settings.ledger) as ledger:
            ledger.write_alerts([new_alert(1)])
            expect(page.locator("#panel-alerts .card")).to_have_count(1)
        expect(page.locator("#banner")).to_be_hidden()
        page.click("#tab-places")
        expect(page.locator("#panel-places")).to_contain_text('placewatch watch add "Homs, Syria"')


def test_an_analyst_is_told_what_became_of_the_word(
    settings: Settings, ledger: Ledger, serve: Callable[[Settings], Any], tab: Callable[..., Any]
) -> None:
    token = "a-token-of-enough-length"
    with serve(settings.model_copy(update={"board_token": SecretStr(token)})) as address:
        page = tab(address).open("/?place=rastan-syria")
        page.get_by_text("Say what holds here").click()
        page.select_option("[name=control]", "contested")
        page.locator("[name=by]").first.fill("R. Haddad")
        page.locator("[name=token]").first.fill("not the token at all")
        page.get_by_role("button", name="Say so").click()
        expect(page.locator(".answer").first).to_contain_text("token is missing or wrong")
        page.locator("[name=token]").first.fill(token)
        page.get_by_role("button", name="Say so").click()
        expect(page.locator(".answer").first).to_contain_text("no services run here")
        page.get_by_text("Silence this place").click()
        silence = page.locator("form", has=page.get_by_role("button", name="Silence", exact=True))
        silence.locator("[name=comment]").fill("a drill")
        silence.locator("[name=by]").fill("R. Haddad")
        silence.locator("[name=token]").fill(token)
        silence.get_by_role("button", name="Silence", exact=True).click()
        expect(page.locator(".silenced")).to_contain_text("by R. Haddad: a drill")
        assert token not in page.content()
