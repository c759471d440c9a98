"""Refusals of a merge of two customers."""

from config.kernel.law.refusals import Ruled


class MergeNotOffered(Ruled):
    """Refuse to merge a customer that is an organization (单位不合并)."""

    code = "MERGE_NOT_OFFERED"
    zh = "只能合并两个个人客户；单位以统一社会信用代码为准，代码不同即为不同单位，不能合并。单位换发证照的，请办理增加证件。"
    en = (
        "Only two individuals can be merged. Organizations are told apart by their unified social credit code; another "
        "code is another organization. For a new licence of the same organization, add the document."
    )


class TwoCitizenNumbers(Ruled):
    """Refuse to merge two customers with two citizen numbers (身份号码不同)."""

    code = "TWO_CITIZEN_NUMBERS"
    zh = (
        "两名客户的公民身份号码不同，按两个人处理，不能合并。请核对两人的证件，查明是否有一方登记有误；"
        "两名客户的账户、银行卡照常使用，各自按本人办理。"
    )
    en = (
        "The two customers have different citizen numbers and are two persons; they cannot be merged. Check the documents "
        "of both for an error at registration. Accounts and cards of both are not affected and stay each one's own."
    )
