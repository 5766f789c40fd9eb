"""Of a pasted address only the provider and the id are kept."""

import pytest

from apps.courses import embeds

ID = "dQw4w9WgXcQ"


@pytest.mark.parametrize(
    "address",
    [
        f"https://www.youtube.com/watch?v={ID}",
        f"https://www.youtube.com/watch?list=PL1&v={ID}&t=42s",
        f"https://m.youtube.com/shorts/{ID}",
        f"  https://youtu.be/{ID}?si=tracking  ",
        f"https://www.youtube-nocookie.com/embed/{ID}?autoplay=1",
    ],
)
def test_an_address_of_youtube_is_built_anew_without_what_came_with_it(address):
    found = embeds.find(address)
    assert found
    assert (found.src, found.page) == (
        f"https://www.youtube-nocookie.com/embed/{ID}",
        f"https://www.youtube.com/watch?v={ID}",
    )


@pytest.mark.parametrize("address", ["https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871?h=1"])
def test_an_address_of_vimeo_is_built_anew(address):
    found = embeds.find(address)
    assert found
    assert found.src == "https://player.vimeo.com/video/76979871?dnt=1"
    # What is stored is read again the same.
    assert embeds.find(found.src) == embeds.find(found.page) == found


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://evil.example/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/watch?v=short",
        f'https://www.youtube.com/watch?v={ID}"><script>',
        f"javascript:https://youtu.be/{ID}",
        f"https://evil.example/https://youtu.be/{ID}",
        "https://vimeo.com/channels/staffpicks",
        f"https://youtu.be/{ID}" + "?" + "x" * 500,
    ],
)
def test_another_address_is_no_video(address):
    assert embeds.find(address) is None


def test_an_academy_shows_only_what_its_settings_name(settings):
    settings.EMBEDS = ["vimeo"]
    assert embeds.find(f"https://youtu.be/{ID}") is None
    assert embeds.names() == "Vimeo"
