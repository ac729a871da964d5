from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KnowledgebaseConfig(AppConfig):
    name = "knowledgebase"
    label = "knowledgebase"
    verbose_name = _("Knowledge base")

    def ready(self) -> None:
        from crm import api as crm
        from knowledgebase import events, references, votes

        events.register()
        references.register()
        crm.register_merger(votes.move_votes)
