"""Import profiles: shipped ones, saved ones, and what a file's headers are taken for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import ProfileProblem
from data.personal import looks_personal
from data.profiles import (
    CODED,
    FIELDS,
    Profile,
    load_profile,
    profile_of,
    remove_profile,
    save_profile,
    saved,
    shipped,
)
from data.readers import normal
from data.recognition import corrected

TIDY = {"columns": {"received_at": ["时间"]}}


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_profile_is_the_same_when_it_is_written_and_read_again(name):
    profile = load_profile(name)
    assert profile_of(profile.as_table(), name) == profile


def test_the_alias_dictionary_names_every_field_and_no_header_twice():
    columns = load_profile("auto").columns
    assert set(columns) == set(FIELDS)
    names = [normal(alias) for aliases in columns.values() for alias in aliases]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", [name for name in shipped() if name != "auto"])
def test_the_alias_dictionary_knows_what_the_other_profiles_know(name):
    assert load_profile(name).known - load_profile("auto").known <= {
        # one of several addresses of New York's files; and a street there is no 街道
        "intersectionstreet1",
        "streetname",
        "opendatachanneltype",
    }


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param(
            "序号 工单编号 主要内容 问题点位 来电人 联系方式 被反映区 被反映街道 创建时间 派单时间 承办单位 是否解决",
            "ticket_no content address caller_name caller_phone stated_district stated_street received_at",
            id="a district's supervision system",
        ),
        pytest.param(
            "service_request_id status service_name description requested_datetime expected_datetime lat long",
            "ticket_no status category content received_at due_at lat lon",
            id="open311",
        ),
        pytest.param(
            "问题类型 大类名称 小类名称 街道 上报时间 当前阶段 处置截止时间 处置结束时间",
            "category_1 category_2 stated_street received_at status due_at closed_at",
            id="a grid system",
        ),
        pytest.param(
            "留言标题 留言正文 留言时间 办理状态 发生地 留言来源 官方回复单位 官方回复正文",
            "title content received_at status address channel unit result",
            id="a message board",
        ),
    ],
)
def test_headers_of_systems_seen_in_the_field_are_recognised(headers, expected):
    assert set(expected.split()) <= set(load_profile("auto").recognise(headers.split()))


def test_a_saved_profile_is_loaded_by_its_name(tmp_path):
    profile = profile_of(TIDY | {"name": "今晚", "crs": "gcj02", "values": {"solved": {"yes": ["妥"]}}}, "x")
    save_profile(profile, tmp_path)
    assert saved(tmp_path) == ("今晚",)
    assert load_profile("今晚", tmp_path) == profile
    remove_profile("今晚", tmp_path)
    assert saved(tmp_path) == ()
    with pytest.raises(ProfileProblem):
        load_profile("今晚", tmp_path)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "beijing_12345", "x" * 41, "a\n", "a.toml", "con:"])
def test_a_profile_keeps_to_names_that_are_files_of_its_own(tmp_path, name):
    with pytest.raises(ProfileProblem) as caught:
        save_profile(profile_of(TIDY | {"name": name}, "x"), tmp_path)
    assert caught.value.key == "profile.name"
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_saved_profile_is_not_removed(tmp_path):
    (tmp_path / "secret.toml").write_text("")
    for name in ("beijing_12345", "../secret"):
        with pytest.raises(ProfileProblem):
            remove_profile(name, tmp_path)
    assert (tmp_path / "secret.toml").exists()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
tables = st.fixed_dictionaries(
    {
        "name": st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        "source": texts,
        "crs": st.sampled_from(["", "wgs84", "gcj02"]),
        "columns": st.dictionaries(st.sampled_from(FIELDS), st.lists(texts, max_size=3)).map(
            lambda columns: columns | {"received_at": ["t"]}
        ),
        "values": st.dictionaries(
            st.sampled_from(sorted(CODED)), st.just({}), max_size=2
        ),
    }
)  # fmt: skip


@given(table=tables)
def test_any_profile_that_can_be_made_can_be_kept(table, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    profile = profile_of(table, "x")
    save_profile(profile, home)
    assert isinstance(profile, Profile)
    assert load_profile(profile.name, home).columns == profile.columns


def test_of_two_headers_that_differ_in_blanks_the_one_a_person_chose_is_read():
    headers = ["受理时间", "受理 时间"]
    for header in headers:
        profile = corrected(load_profile("auto"), {"received_at": header})
        assert profile.recognise(headers) == {"received_at": header}


@pytest.mark.parametrize(
    "header",
    [
        "姓名",
        "客户名称",
        "市民",
        "反映者",
        "投诉人",
        "业主",
        "name",
        "Last Name",
        "tel",
        "Mobile",
        "e-mail",
        "邮箱",
        "微信号",
        "QQ号",
    ],
)
def test_headers_of_somebodys_own_data_are_known(header):
    assert looks_personal(header)


@pytest.mark.parametrize(
    "header", ["承办单位", "street_name", "Agency Name", "hotel", "处置部门", "标题", "内容", "地址"]
)
def test_other_headers_are_not(header):
    assert not looks_personal(header)
