"""Headers under which somebody's own data are likely, though no profile knows them."""

import re

_PERSONAL = re.compile(
    "姓名|名字|(?:客户|市民|用户|居民|业主|来电)名?称?$|[人者]$|户主|市民$|业主$|昵称|手机|电话|号码|联系|联络|证件|身份|邮箱|微信|账号|QQ"
    "|(?i:phone|mobile|(?<![a-z])tel(?![a-z])|caller|contact|e-?mail|customer|citizen|complainant|reporter|submitter)"
    "|(?i:^(?:first|last|full|user)?[ _]?name$)"
)
# what ends like a person's word and is none
_NOT = re.compile("单位|部门|机构|受理人$|责任者$|办理者$")


def looks_personal(header: str) -> bool:
    """True for a header under which names, phones, accounts or identity numbers are likely."""
    return bool(_PERSONAL.search(header.strip())) and not _NOT.search(header)
