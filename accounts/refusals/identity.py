"""Refusals about a customer's identity, identity conflicts and merges, in the order of the checks."""

from typing import ClassVar

from accounts.vocabulary import CheckMethod, CheckResult, ClosedReason, DocumentUse
from accounts.vocabulary.conflicts import ConflictEnd
from config.kernel.law.clauses import NOTICE_5_ATM, PBOC_345_CHECK, Clause
from config.kernel.law.refusals import Conflict, NotFound, Ruled
from config.kernel.law.text import Text


class CustomerExists(Conflict):
    """Refuse a second customer for one person (客户已存在)."""

    code = "CUSTOMER_EXISTS"
    title = Text("已是本行客户", "Already a customer")
    zh = "该证件所指的人已是本行客户，一人只有一个客户号。请直接为该客户办理业务。"
    en = "This person is already a customer, and one person has one customer number. Serve them under that number."


class IdentityConflicting(Conflict):
    """Refuse a document number registered under another name (身份冲突); the attempt is recorded for review."""

    code = "IDENTITY_CONFLICT"
    title = Text("证件号码与姓名冲突", "Document number under another name")
    zh = (
        "该证件号码已由本行另一姓名的客户使用，按本行规则未建立新客户，已记录待核查。"
        "请核对证件和姓名；已更名的，请由原客户凭已登记的证件在客户页申请更改姓名，经主管复核后生效；已有账户照常使用。"
    )
    en = (
        "This document number belongs to a customer of another name; by a house rule no customer was registered, and the "
        "attempt is kept for review. Check the document and the name; after a change of name, ask on the customer page "
        "for the name to be changed by the document on record, which takes effect once a supervisor approves. Existing "
        "accounts are not affected."
    )


class DocumentOnFile(Conflict):
    """Refuse a document the customer has on file already (证件已登记)."""

    code = "DOCUMENT_EXISTS"
    title = Text("证件已登记", "Document already on file")
    zh = "该客户已登记同一证件，无需重复登记。可登记其他种类的证件。"
    en = "The customer already has this document on file; no action is needed. Another type of document can be added."


class DocumentNotOnFile(NotFound):
    """Answer for the renewal of a document the customer has not on file in force (证件未登记)."""

    code = "DOCUMENT_NOT_FOUND"
    title = Text("未登记该证件", "Document not on record")
    zh = "该客户没有登记此证件，不能更新有效期。请核对证件种类和号码；新证件号码与原证件不同的（如换发的护照），请办理增加证件。"
    en = (
        "The customer has no such document on record, so it cannot be renewed. Check the type and the number; where the "
        "new document has another number, as a new passport, add it as an additional document."
    )
    causes: ClassVar = {
        DocumentUse.CHANGE_NAME: (
            "该客户没有登记此证件，不能据此更改姓名。请核对证件种类和号码；新姓名在号码不同的证件上的，请先办理增加证件，复核生效后再更改姓名。",
            (
                "The customer has no such document on record, so the name cannot be changed by it. Check the type and the "
                "number; where the new name stands in a document of another number, add that document first and change "
                "the name once it is in force."
            ),
        ),
    }


class LastDocument(Conflict):
    """Refuse to withdraw the only document a customer has in force (最后一份证件)."""

    code = "LAST_DOCUMENT"
    title = Text("唯一证件不能撤销", "Only document cannot be withdrawn")
    zh = "这是该客户唯一有效登记的证件，不能撤销：客户至少须有一份证件。请先办理增加证件，复核生效后再撤销；已有账户照常使用。"
    en = (
        "This is the only document of the customer in force, and a customer has one at least. Add another one first and "
        "withdraw this one once that is in force. Existing accounts are not affected."
    )


class NameUnchanged(Conflict):
    """Refuse a change of name to the name the customer has (姓名未变)."""

    code = "NAME_UNCHANGED"
    title = Text("姓名没有变更", "Name is unchanged")
    zh = "该姓名与登记的姓名一致（空格、全半角和间隔号不计），无需更改。请核对新证件上的姓名。"
    en = (
        "This is the customer's name on record already, whatever the spaces, width or dots; no action is needed. Check "
        "the name on the new document."
    )


class NotInPerson(Ruled):
    """Refuse a re-verification of a customer who is not at the counter (非本人到柜面)."""

    code = "NOT_IN_PERSON"
    title = Text("须本人到柜面核实", "Holder must come in person")
    words: ClassVar = {"method": CheckMethod}
    zh = "按本行规则，重新核实身份须本人持有效身份证件到柜面办理，“{method}”不能解除限制。请约客户到任一网点柜面核实；柜面业务其间照常。"
    en = (
        "House rule: an identity is re-verified at the counter, in person and with a valid document; “{method}” lifts "
        "nothing. Ask the customer to come to a branch; counter business goes on meanwhile."
    )


class NotTheHolder(Ruled):
    """Refuse an account at another bank that is not in the customer's name (非本人账户)."""

    code = "NOT_THE_HOLDER"
    title = Text("户名与客户不一致", "Account in another name")
    clause: Clause | None = NOTICE_5_ATM
    zh = (
        "户名与客户姓名不一致，不能登记为本人账户。请核对户名；仍可向该账户转账，在自助柜员机上将按非本人账户延时到账。"
    )
    en = (
        "The account is not in the customer's name and cannot be registered as their own. Check the "
        "name; transfers to it remain possible, but from an ATM they arrive with the delay for other "
        "people's accounts."
    )
    causes: ClassVar = {
        ClosedReason.IMPOSTOR: (
            "所出示的证件不是该账户开户人的证件。声明被冒用身份开户的，须由名义开户人本人持其有效身份证件到柜面办理。",
            (
                "The document is not that of the account's holder. That an impostor opened the account is declared at the "
                "counter, by the person in whose name it is, with a valid document."
            ),
        )
    }


class ExternalAccountOnFile(Conflict):
    """Refuse to register an own account elsewhere twice (已登记)."""

    code = "EXTERNAL_ACCOUNT_EXISTS"
    title = Text("他行账户已登记", "External account already registered")
    zh = "该他行账户已登记为该客户的本人账户，无需重复登记。"
    en = "This account is already registered as the customer's own; no action is needed."


class ExternalAccountTaken(Conflict):
    """Refuse an account elsewhere that is registered as another customer's own (他人已登记)."""

    code = "EXTERNAL_ACCOUNT_TAKEN"
    title = Text("他行账户已属另一客户", "External account of another customer")
    zh = "该他行账户已登记为另一客户的本人账户，一个账户只有一个开户人（存款人）。请核对账号；原登记有误的，请在原客户页申请撤销本人他行账户，经主管复核后可为该客户登记。"
    en = (
        "This account is registered as another customer's own, and an account has one holder. Check the "
        "number; if the other registration is wrong, ask on that customer's page for it to be withdrawn: once a supervisor "
        "approves, it can be registered for this customer."
    )


class IdentityNotConfirmed(Ruled):
    """Refuse to re-verify a customer on a check that did not match (未核实一致); it puts the customer under review."""

    code = "IDENTITY_NOT_CONFIRMED"
    title = Text("身份核查不一致", "Identity not confirmed")
    clause = PBOC_345_CHECK
    words: ClassVar = {"result": CheckResult}
    zh = (
        "本次核查结果为“{result}”，不能据此完成重新核实，已记录，客户转为待核实：期间不能新开立账户或发卡。"
        "可凭辅助证件、读卡设备或公安机关回执进一步核实，结果一致后再提交；已有账户照常使用。"
    )
    en = (
        "The result of the check is “{result}”: the identity cannot be re-verified on this basis. The result is kept "
        "and the customer is under identity review: no account can be opened and no card issued meanwhile. Confirm the "
        "identity by another document, a card reader or a police receipt and submit again. Existing accounts are not "
        "affected."
    )


class PhoneShared(NotFound):
    """Refuse a search by a phone number that belongs to several customers (一号多人)."""

    code = "PHONE_SHARED"
    title = Text("电话号码多人共用", "Phone number is shared")
    zh = "该电话号码由 {count} 名客户共用，不能确定是哪一位。请改用证件查询，或从所列客户中选择。"
    en = "{count} customers share this phone number. Search by document, or choose one of those listed."


class ConflictReviewed(Conflict):
    """Refuse to end an identity conflict twice."""

    code = "CONFLICT_REVIEWED"
    title = Text("身份冲突已办结", "Identity conflict already reviewed")
    zh = "该身份冲突已核查办结，结论不能更改；可在1030已办结中查看。"
    en = "This identity conflict is already reviewed, and its finding stands. It is listed among the reviewed ones in 1030."


class ConflictOfYourOwn(Conflict):
    """Refuse the end of a conflict by the person who entered it."""

    code = "CONFLICT_OF_YOUR_OWN"
    title = Text("本人录入的冲突由他人核查", "Own conflict is reviewed by another")
    zh = "该身份冲突由您录入，须由其他柜员或合规人员核查办结。"
    en = "You entered this yourself; another teller or a compliance officer reviews it."


class ConflictNeedsAct(Conflict):
    """Refuse a result that rests on a correction which is not in force."""

    code = "CONFLICT_NEEDS_ACT"
    title = Text("冲突结论缺少生效的申请", "Finding lacks an act in force")
    words: ClassVar = {"end": ConflictEnd}
    zh = "结论“{end}”须在该客户的相应申请（更改姓名、合并客户或撤销证件）于冲突发生后提交并复核生效之后办结；现无已生效的申请。"
    en = (
        "The finding “{end}” needs what it speaks of (change of name, merge or withdrawal of the document) to be submitted "
        "for this customer after the conflict and approved. None is in force yet; end the review once it is."
    )


class MergeNotOffered(Ruled):
    """Refuse to merge a customer that is an organization (单位不合并)."""

    code = "MERGE_NOT_OFFERED"
    title = Text("不能合并客户", "Customers cannot be merged")
    zh = "只能合并两个个人客户；单位以统一社会信用代码为准，代码不同即为不同单位，不能合并。单位换发证照的，请办理增加证件。"
    en = (
        "Only two individuals can be merged. Organizations are told apart by their unified social credit code; another "
        "code is another organization. For a new licence of the same organization, add the document."
    )


class TwoCitizenNumbers(Ruled):
    """Refuse to merge two customers with two citizen numbers (身份号码不同)."""

    code = "TWO_CITIZEN_NUMBERS"
    title = Text("公民身份号码不同", "Different citizen numbers")
    zh = (
        "两名客户的公民身份号码不同，按两个人处理，不能合并。请核对两人的证件，查明是否有一方登记有误；"
        "两名客户的账户、银行卡照常使用，各自按本人办理。"
    )
    en = (
        "The two customers have different citizen numbers and are two persons; they cannot be merged. Check the documents "
        "of both for an error at registration. Accounts and cards of both are not affected and stay each one's own."
    )
